import { changeColour, colour } from './colours.js';

const ROW = 20;
/** Deeper frames are seen when a frame above them is made the focus. */
const MOST_ROWS = 400;

/**
 * A flame graph on a canvas. A click makes a frame the whole width, Escape goes back. With a base a frame is as wide as it is on
 * the average of both, so that what is only in one of them is seen too.
 */
export class FlameGraph {
	#canvas;
	#tell;
	#onFocus;
	#flame;
	#compares = false;
	/** By node: left edge and width, as shares of the whole, and the node behind its subtree. */
	#lefts = new Float64Array();
	#widths = new Float64Array();
	#ends = new Uint32Array();
	#focus = 0;
	#matches = () => false;

	/** `tell(node, event)` is called with the node under the pointer, or with undefined; `onFocus(node)` after a click. */
	constructor(canvas, tell, onFocus) {
		this.#canvas = canvas;
		this.#tell = tell;
		this.#onFocus = onFocus;
		canvas.addEventListener('mousemove', (event) => this.#tell(this.#nodeAt(event), event));
		canvas.addEventListener('mouseleave', (event) => this.#tell(undefined, event));
		canvas.addEventListener('click', (event) => this.focus(this.#nodeAt(event) ?? this.#focus));
		canvas.addEventListener('keydown', ({ key }) => key === 'Escape' && this.focus(0));
		new ResizeObserver(() => this.#flame && this.#draw()).observe(canvas.parentElement);
		matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#flame && this.#draw());
	}

	/** `flame`: columns of the core, with `text`, the strings by number. */
	show(flame, compares) {
		const count = flame.names.length;
		this.#flame = flame;
		this.#compares = compares;
		this.#lefts = new Float64Array(count);
		this.#widths = new Float64Array(count);
		this.#ends = new Uint32Array(count);
		/** Where the next child of a node begins. */
		const cursors = new Float64Array(count);
		const [total, baseTotal] = [flame.totals[0] || 1, flame.baseTotals[0] || 1];
		for (let node = 0; node < count; node++) {
			const parent = flame.parents[node];
			const [now, base] = [flame.totals[node] / total, flame.baseTotals[node] / baseTotal];
			this.#widths[node] = compares ? (now + base) / 2 : now;
			this.#lefts[node] = cursors[parent];
			cursors[node] = this.#lefts[node];
			if (node > 0) cursors[parent] += this.#widths[node];
		}
		for (let node = count - 1; node >= 0; node--) {
			const parent = flame.parents[node];
			this.#ends[node] = Math.max(this.#ends[node], node + 1);
			this.#ends[parent] = Math.max(this.#ends[parent], this.#ends[node]);
		}
		this.focus(0);
	}

	find(matches) {
		this.#matches = matches;
		if (this.#flame) this.#draw();
	}

	focus(node) {
		this.#focus = node;
		this.#draw();
		this.#onFocus(node);
	}

	#draw() {
		const { depths, names, files, text, changes } = this.#flame;
		const first = depths[this.#focus];
		let rows = 1;
		for (let node = this.#focus; node < this.#ends[this.#focus]; node++)
			rows = Math.max(rows, depths[node] - first + 1);
		rows = Math.min(rows, MOST_ROWS);
		const width = this.#canvas.clientWidth;
		const dense = Math.min(devicePixelRatio, 2);
		this.#canvas.width = width * dense;
		this.#canvas.height = rows * ROW * dense;
		this.#canvas.style.height = `${rows * ROW}px`;
		const context = this.#canvas.getContext('2d');
		context.scale(dense, dense);
		context.font = `11px ${getComputedStyle(this.#canvas).getPropertyValue('--mono')}`;
		context.textBaseline = 'middle';
		const letter = context.measureText('m').width;
		for (let node = this.#focus; node < this.#ends[this.#focus]; ) {
			const [left, wide] = this.#bar(node, width);
			const row = depths[node] - first;
			if (wide < 0.5 || row >= MOST_ROWS) {
				node = this.#ends[node];
				continue;
			}
			const match = node > 0 && this.#matches(text[names[node]]);
			const bare = files[node] === 0 || text[files[node]] === '';
			const kind = this.#compares ? changeColour(changes[node]) : bare ? '--flame-bare' : '--flame';
			context.fillStyle = colour(this.#canvas, match ? '--flame-match' : kind);
			context.fillRect(left, row * ROW, wide > 3 ? wide - 1 : wide, ROW - 1);
			const letters = Math.floor((wide - 10) / letter);
			if (letters >= 3) {
				const name = node === 0 ? 'all' : text[names[node]];
				context.fillStyle = colour(this.#canvas, match ? '--flame-match-ink' : '--flame-ink');
				const seen = name.length <= letters ? name : `${name.slice(0, letters - 1)}…`;
				context.fillText(seen, left + 5, row * ROW + ROW / 2);
			}
			node++;
		}
	}

	/** Left edge and width of a node, px. */
	#bar(node, width) {
		const whole = this.#widths[this.#focus] || 1;
		const left = (this.#lefts[node] - this.#lefts[this.#focus]) / whole;
		return [left * width, (this.#widths[node] / whole) * width];
	}

	#nodeAt({ offsetX, offsetY }) {
		if (!this.#flame) return undefined;
		const depth = this.#flame.depths[this.#focus] + Math.floor(offsetY / ROW);
		const width = this.#canvas.clientWidth;
		for (let node = this.#focus; node < this.#ends[this.#focus]; ) {
			const [left, wide] = this.#bar(node, width);
			const inside = offsetX >= left && offsetX < left + wide;
			if (inside && this.#flame.depths[node] === depth) return node;
			node = inside ? node + 1 : this.#ends[node];
		}
		return undefined;
	}
}
