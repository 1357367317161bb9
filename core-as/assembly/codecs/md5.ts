// MD5, RFC 1321: the hash by which patterns of log lines are named; it protects nothing.

const SINES = memory.data<u32>([
	0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501, 0x698098d8,
	0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821, 0xf61e2562, 0xc040b340,
	0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8, 0x21e1cde6, 0xc33707d6, 0xf4d50d87,
	0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a, 0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c,
	0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70, 0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039,
	0xe6db99e5, 0x1fa27cf8, 0xc4ac5665, 0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92,
	0xffeff47d, 0x85845dd1, 0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb,
	0xeb86d391,
]);
const TURNS = memory.data<u8>([7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21]);

let a: u32 = 0;
let b: u32 = 0;
let c: u32 = 0;
let d: u32 = 0;
const tail: usize = memory.data(128, 8);

/** Writes the 16 bytes of the hash. */
export function md5(from: usize, size: usize, to: usize): void {
	a = 0x67452301;
	b = 0xefcdab89;
	c = 0x98badcfe;
	d = 0x10325476;
	const whole = size & ~(<usize>63);
	for (let p: usize = 0; p < whole; p += 64) block(from + p);
	const rest = size - whole;
	memory.fill(tail, 0, 128);
	memory.copy(tail, from + whole, rest);
	store<u8>(tail + rest, 0x80);
	const padded: usize = rest < 56 ? 64 : 128;
	store<u64>(tail + padded - 8, (<u64>size) << 3);
	for (let p: usize = 0; p < padded; p += 64) block(tail + p);
	store<u32>(to, a);
	store<u32>(to, b, 4);
	store<u32>(to, c, 8);
	store<u32>(to, d, 12);
}

function block(p: usize): void {
	let w = a;
	let x = b;
	let y = c;
	let z = d;
	for (let i: u32 = 0; i < 64; i++) {
		const round = i >> 4;
		let f: u32;
		let g: u32;
		if (round === 0) {
			f = (x & y) | (~x & z);
			g = i;
		} else if (round === 1) {
			f = (z & x) | (~z & y);
			g = (5 * i + 1) & 15;
		} else if (round === 2) {
			f = x ^ y ^ z;
			g = (3 * i + 5) & 15;
		} else {
			f = y ^ (x | ~z);
			g = (7 * i) & 15;
		}
		f += w + load<u32>(SINES + ((<usize>i) << 2)) + load<u32>(p + ((<usize>g) << 2));
		w = z;
		z = y;
		y = x;
		x += rotl(f, <u32>load<u8>(TURNS + <usize>((round << 2) | (i & 3))));
	}
	a += w;
	b += x;
	c += y;
	d += z;
}
