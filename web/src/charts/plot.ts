import uPlot from 'uplot';
import { formatClock, formatDayTime, formatHourMinute } from '../format/times.ts';
import { type Column, topOf } from './axis-top.ts';
import type { Gap } from './gaps.ts';
import { loneSamples } from './gaps.ts';
import type { HeatCell } from './heat.ts';
import { drawGaps, drawHeat, drawMarks, type Mark, nameGaps, nameLimits, token } from './plot-overlays.ts';

export interface PlotSeries {
	name: string;
	/** Token, such as `--s1`. */
	colour: string;
	dash?: number[];
}

/** What a figure may reach: a dashed line in ink with a word on it. */
export interface Limit {
	word: string;
	values: (number | null)[];
}

export interface PlotInput {
	width: number;
	height: number;
	series: PlotSeries[];
	/** Words of the limits, whose values are the last columns of the data. */
	limits: string[];
	/** Series lie on top of each other; the data are sums already. */
	stacked: boolean;
	/** Stacked blocks stand apart, as counts do. */
	bars: boolean;
	/** Whether the y axis is drawn. */
	axis: boolean;
	/** Ends of a logarithmic axis; else it starts at 0. */
	log: [number, number] | null;
	/** What stands at the y axis. */
	ticks: (value: number) => string;
	/** The y axis is split at powers of two, as bytes are. */
	binary: boolean;
	/** ms that each value covers, before its time. */
	step: () => number;
	/** Read at each drawing, so that a refresh changes data and not the plot. */
	gaps: () => Gap[];
	cells: () => HeatCell[];
	marks: () => Mark[];
	onCursor: (index: number | null, left: number) => void;
	onRange: (from: number, to: number) => void;
}

/** Distances between ticks of bytes: up to a PiB. */
const BINARY_STEPS = Array.from({ length: 51 }, (_, i) => 2 ** i);

/** One way to draw every series of every page: axes, hatched gaps, heat below, lines with a halo above it. */
export function makePlot(element: HTMLElement, data: uPlot.AlignedData, input: PlotInput): uPlot {
	const font = `11px ${token('--font')}`;
	const ink = token('--ink-3');
	const heat = [1, 2, 3, 4, 5, 6].map((step) => token(`--heat-${step}`));
	const hatch = token('--line-strong');
	const lines = input.log
		? input.series.flatMap((one) => [halo(), line(one)])
		: input.series.map((one) => (input.stacked ? area(one, input.step, input.bars) : line(one)));
	if (input.stacked) lines.reverse();
	lines.push(...input.limits.map(limit));
	// The word of a limit stands above it.
	const headroom = input.limits.length ? 1.14 : 1.08;
	const options: uPlot.Options = {
		width: input.width,
		height: input.height,
		padding: input.axis ? [10, 20, 0, 0] : [6, 18, 0, 18],
		legend: { show: false },
		cursor: {
			sync: { key: 'page', setSeries: false },
			drag: { x: true, y: false, setScale: false },
			points: { show: false },
			y: false,
		},
		scales: {
			// A value covers the step before its time, so the axis begins one step before the first.
			x: {
				time: true,
				range: (u) => {
					const times = u.data[0];
					return [(times[0] ?? 0) - input.step() / 1000, times.at(-1) ?? 1];
				},
			},
			y: input.log
				? { distr: 3, range: [input.log[0], input.log[1]] }
				: { range: (u) => [0, (topOf(u.data.slice(1) as Column[], input.limits.length) || 1) * headroom] },
		},
		axes: [
			{
				stroke: ink,
				font,
				size: 26,
				gap: 4,
				space: 70,
				grid: { show: false },
				ticks: { stroke: token('--line-strong'), size: 4, width: 1 },
				values: (_, splits) => timeLabels(splits),
			},
			{
				show: input.axis,
				stroke: ink,
				font,
				size: (_, labels) =>
					Math.max(56, Math.ceil(Math.max(0, ...(labels ?? []).map((label) => label.length)) * 6.4) + 10),
				gap: 4,
				space: input.log ? 20 : 36,
				grid: { stroke: token('--line'), width: 1 },
				ticks: { show: false },
				splits: input.log ? () => decades(input.log as [number, number]) : undefined,
				incrs: input.binary ? BINARY_STEPS : undefined,
				values: (_, splits) => splits.map((value) => (value === null ? '' : input.ticks(value))),
			},
		],
		series: [{}, ...lines],
		hooks: {
			drawClear: [(u) => drawGaps(u, input.gaps(), hatch)],
			drawAxes: [(u) => drawHeat(u, input.cells(), input.step() / 1000, heat)],
			draw: [
				(u) => nameLimits(u, input.limits),
				(u) => nameGaps(u, input.gaps()),
				(u) => drawMarks(u, input.marks()),
			],
			setCursor: [(u) => input.onCursor(u.cursor.idx ?? null, u.cursor.left ?? 0)],
			setSelect: [
				(u) => {
					const { left, width } = u.select;
					if (width < 8) return;
					input.onRange(u.posToVal(left, 'x') * 1000, u.posToVal(left + width, 'x') * 1000);
					u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
				},
			],
		},
	};
	return new uPlot(options, data, element);
}

const dots = (colour: string): uPlot.Series.Points => ({
	show: true,
	size: 5,
	fill: colour,
	stroke: colour,
	filter: (u, index) => loneSamples(u.data[index] as (number | null)[]),
});

function line({ colour, dash }: PlotSeries): uPlot.Series {
	const stroke = token(colour);
	return { stroke, width: 1.6, dash, spanGaps: false, points: dots(stroke) };
}

function limit(): uPlot.Series {
	const stroke = token('--ink-2');
	return { stroke, width: 1.2, dash: [6, 3], spanGaps: false, points: dots(stroke) };
}

/** Light under a line, so that it stays readable on the heatmap. */
function halo(): uPlot.Series {
	return { stroke: token('--surface'), width: 4.5, spanGaps: false, points: { show: false } };
}

function area({ colour }: PlotSeries, step: () => number, apart: boolean): uPlot.Series {
	const fill = token(colour);
	return {
		stroke: fill,
		width: 0,
		fill,
		paths: steps(step, apart),
		spanGaps: false,
		points: { show: false },
	};
}

/** Blocks and not a line, because that is what was measured: so many in this stretch of time. */
function steps(step: () => number, apart: boolean): uPlot.Series.PathBuilder {
	return (u, index, first, last) => {
		const times = u.data[0];
		const values = u.data[index] as (number | null | undefined)[];
		const fill = new Path2D();
		const ground = u.valToPos(0, 'y', true);
		for (let i = first; i <= last; i++) {
			const value = values[i];
			if (value === null || value === undefined) continue;
			const right = Math.round(u.valToPos(times[i] as number, 'x', true));
			const left = Math.round(u.valToPos((times[i] as number) - step() / 1000, 'x', true));
			const top = u.valToPos(value, 'y', true);
			// Air between bars only where they stay bars.
			const air = apart && right - left > 3 ? Math.max(1, Math.round((right - left) / 8)) : 0;
			fill.rect(left, top, Math.max(1, right - left - air), ground - top);
		}
		return { stroke: null, fill, clip: null, flags: 0 };
	};
}

function timeLabels(splits: number[]): string[] {
	const span = ((splits.at(-1) ?? 0) - (splits[0] ?? 0)) * 1000;
	const step = splits.length > 1 ? ((splits[1] as number) - (splits[0] as number)) * 1000 : 60_000;
	if (span > 36 * 3600e3) return splits.map((at) => formatDayTime(at * 1000).slice(5));
	return splits.map((at) => (step < 60_000 ? formatClock(at * 1000) : formatHourMinute(at * 1000)));
}

function decades([bottom, top]: [number, number]): number[] {
	const marks: number[] = [];
	for (let value = bottom; value <= top * 1.001; value *= 10) marks.push(value);
	return marks;
}
