import { gridOf } from '../../promql/time-grid.ts';
import type { Labels, Matcher } from '../../telemetry/labels.ts';
import type { SeriesColumns } from '../../telemetry/series.ts';
import { serviceMap } from '../model/views.ts';
import { buildWorld } from '../model/world-builder.ts';

/** The range of every estate, and when its samples were taken. */
export const TO = 1_790_000_010_000;
export const FROM = TO - 600_000;
export const TIMES = Array.from({ length: 40 }, (_, i) => FROM + 8_000 + i * 15_000);

type Made = { labels: Record<string, string>; values: (i: number) => number; times?: number[] };

/** Series that a test makes by hand, as the model reads them. */
export class Estate {
	readonly made: Made[] = [];
	node(machine: string): Record<string, string> {
		return { machine_id: machine, system_uuid: `${machine}-UUID` };
	}
	add(name: string, labels: Record<string, string>, values: (i: number) => number, times = TIMES): this {
		this.made.push({ labels: { __name__: name, ...labels }, values, times });
		return this;
	}
	/** Requests of one link: `ok` and `bad` per sample, each within 5 to 10 ms. */
	requests(
		labels: Record<string, string>,
		ok: number,
		bad = 0,
		slow = 0,
		stem = 'container_http_requests',
	): this {
		const [good, failed] = stem.includes('_http_') ? ['200', '503'] : ['ok', 'failed'];
		this.add(`${stem}_total`, { ...labels, status: good! }, (i) => ok * i);
		if (bad) this.add(`${stem}_total`, { ...labels, status: failed! }, (i) => bad * i);
		const all = ok + bad;
		for (const [le, n] of [
			['0.005', 0],
			['0.01', all - slow],
			['1', all - slow],
			['2.5', all],
			['+Inf', all],
		] as const) {
			this.add(`${stem}_duration_seconds_total_bucket`, { ...labels, le }, (i) => n * i);
		}
		return this;
	}
	async select(matchers: readonly Matcher[], from: number, to: number): Promise<SeriesColumns> {
		const made = this.made.filter(({ labels }) => matchers.every((matcher) => accepts(matcher, labels)));
		const timestamps: number[] = [];
		const values: number[] = [];
		const ends: number[] = [];
		for (const m of made) {
			for (const [i, t] of (m.times ?? TIMES).entries()) {
				if (t < from || t > to) continue;
				timestamps.push(t);
				values.push(m.values(i));
			}
			ends.push(values.length);
		}
		return {
			series: made.map((m) => m.labels),
			ends: Uint32Array.from(ends),
			timestamps: Float64Array.from(timestamps),
			values: Float64Array.from(values),
		};
	}
	async world() {
		return buildWorld(this, gridOf(FROM, TO), 'c');
	}
	async map() {
		return serviceMap(await this.world(), TO);
	}
}

function accepts({ name, op, value }: Matcher, labels: Labels): boolean {
	const found = labels[name] ?? '';
	if (op === '=') return found === value;
	if (op === '=~') return new RegExp(`^(?:${value})$`, 'u').test(found);
	throw new Error(`BUG: no estate is asked with ${op}`);
}
