/** A canvas at the resolution of the screen, in px of the page, with the colours of the present theme. */
export interface Drawing {
	context: CanvasRenderingContext2D;
	/** The value of a custom property, such as `--ink`; looked up once. */
	colour: (name: string) => string;
}

/** More than twice the px of the page is not seen, and costs time. */
const MOST_SCALE = 2;

/** Null while there is no width to draw in. Read `theme.name` beside it, so that a change of theme draws again. */
export function openDrawing(canvas: HTMLCanvasElement, width: number, height: number): Drawing | null {
	const context = canvas.getContext('2d');
	if (context === null || width === 0) return null;
	const scale = Math.min(MOST_SCALE, devicePixelRatio);
	canvas.width = width * scale;
	canvas.height = height * scale;
	context.scale(scale, scale);
	const style = getComputedStyle(canvas);
	const known = new Map<string, string>();
	const colour = (name: string) => {
		let value = known.get(name);
		if (value === undefined) {
			value = style.getPropertyValue(name).trim();
			known.set(name, value);
		}
		return value;
	};
	context.font = `11px ${colour('--font')}`;
	context.textBaseline = 'middle';
	return { context, colour };
}
