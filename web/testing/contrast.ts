/** Red, green and blue, 0 to 255 each. */
export type Rgb = readonly [number, number, number];

/** Of `#rrggbb`. */
export const rgbOf = (hex: string): Rgb =>
	[1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as unknown as Rgb;

/** What is seen where `over` lies on `ground`, opaque to `alpha`. */
export const mixed = (over: Rgb, ground: Rgb, alpha: number): Rgb =>
	over.map((value, i) => value * alpha + ground[i]! * (1 - alpha)) as unknown as Rgb;

/** The contrast ratio of WCAG 2, 1 to 21. */
export function contrast(a: Rgb, b: Rgb): number {
	const [lighter, darker] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
	return (lighter + 0.05) / (darker + 0.05);
}

function luminance(rgb: Rgb): number {
	const [red, green, blue] = rgb.map((value) => {
		const share = value / 255;
		return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
	}) as unknown as Rgb;
	return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
