import { formatGeneral } from '../labels/general-number.ts';
import { type Bucket, bucketAt, zeroBucket } from './bucket-walk.ts';
import { type Histogram, hasCustomBounds, type Side } from './histogram.ts';

/** `{count:3, sum:4.5, [-0.001,0.001]:1, (1,2]:2}`: what is in which bucket, empty ones left out. */
export function histogramText(h: Histogram): string {
	const parts = [`count:${formatGeneral(h.count)}`, `sum:${formatGeneral(h.sum)}`];
	const add = (side: Side, i: number) => {
		const bucket = bucketAt(h, side, i);
		if (bucket.count === 0) return;
		const custom = hasCustomBounds(h);
		const open = custom ? side.indexes[i] === 0 : bucket.lower < 0;
		parts.push(bucketText(bucket, open, custom || bucket.upper > 0));
	};
	for (let i = h.negative.indexes.length - 1; i >= 0; i--) add(h.negative, i);
	if (h.zeroCount !== 0 && !hasCustomBounds(h)) parts.push(bucketText(zeroBucket(h), true, true));
	for (let i = 0; i < h.positive.indexes.length; i++) add(h.positive, i);
	return `{${parts.join(', ')}}`;
}

function bucketText({ lower, upper, count }: Bucket, fromLower: boolean, toUpper: boolean): string {
	const range = `${formatGeneral(lower)},${formatGeneral(upper)}`;
	return `${fromLower ? '[' : '('}${range}${toUpper ? ']' : ')'}:${formatGeneral(count)}`;
}
