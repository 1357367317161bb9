// Dense buckets as spans of buckets, the sparse form of native histograms: what is empty at either end is left out, and so
// are more than two empty ones in a row.
// Source: https://prometheus.io/docs/specs/native_histograms/

/** Empty buckets that cost less than a new span. */
const MAX_GAP: i64 = 2;

let offsets: usize = 0;
let lengths: usize = 0;
let counts: usize = 0;
/** Spans and buckets so far. */
export let spans: usize = 0;
export let buckets: usize = 0;
let isFirst: bool = true;
/** The index behind the last bucket. */
let behind: i64 = 0;

export function startBuckets(offsetColumn: usize, lengthColumn: usize, countColumn: usize): void {
	offsets = offsetColumn;
	lengths = lengthColumn;
	counts = countColumn;
	spans = buckets = 0;
}

/** The buckets of one sign follow, by rising index. */
export function startSign(): void {
	isFirst = true;
}

/** False when the index is none of 32 bits. */
export function addBucket(index: i64, count: u64): bool {
	if (count === 0) return true;
	if (index < i32.MIN_VALUE || index > i32.MAX_VALUE) return false;
	const gap = isFirst ? index : index - behind;
	if (isFirst || gap > MAX_GAP) {
		store<i32>(offsets + (spans << 2), <i32>gap);
		store<u32>(lengths + (spans << 2), 0);
		spans++;
	} else {
		for (let i: i64 = 0; i < gap; i++) push(0);
	}
	push(<f64>count);
	isFirst = false;
	behind = index + 1;
	return true;
}

function push(count: f64): void {
	const length = lengths + ((spans - 1) << 2);
	store<u32>(length, load<u32>(length) + 1);
	store<f64>(counts + (buckets << 3), count);
	buckets++;
}
