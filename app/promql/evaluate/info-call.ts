import { type Labels, type Matcher, METRIC_NAME } from '../../telemetry/labels.ts';
import { failed } from '../errors.ts';
import { copyLabels, formatLabels, isMetadata, labelOf } from '../labels/label-set.ts';
import type { Call } from '../parser/ast.ts';
import { matchesEmpty, matchesValue } from '../regex/label-matcher.ts';
import type { Evaluator } from './evaluator.ts';
import { referenceOf } from './info-reference.ts';
import { IDENTIFYING, type InfoSeries, nameMatchers, readInfoSeries } from './info-series.ts';
import { SAME_LABELS } from './merge-rows.ts';
import { presence, RowIndex, type Vector } from './vector.ts';

/** info(v, {...}): the labels of info series (target_info) that have the same job and instance. */
export async function addInfo(evaluator: Evaluator, call: Call): Promise<Vector> {
	const [of, selector] = call.args;
	const reference = referenceOf(of!) ?? { offset: 0 };
	const base = await evaluator.vector(of!);
	const given: Matcher[] = selector?.kind === 'selector' ? selector.matchers : [];
	const names = nameMatchers(given.filter((m) => m.name === METRIC_NAME));
	const data = given.filter((m) => m.name !== METRIC_NAME);
	// An info series gets no labels of info series.
	const plain = base.labels.map((l) => names.every((m) => matchesValue(m, l[METRIC_NAME] ?? '')));
	const wanted = base.labels.filter((_, row) => !plain[row] && !base.isEmpty(row));
	const infos = await readInfoSeries(evaluator, wanted, [...data, ...names], reference);
	return new InfoJoin(evaluator, base, plain, data, infos).run();
}

class InfoJoin {
	readonly #base: Vector;
	/** Rows that stay as they are. */
	readonly #plain: readonly boolean[];
	readonly #data: readonly Matcher[];
	/** Series of one metric, job and instance. */
	readonly #groups = new Map<string, InfoSeries[]>();
	readonly #names: string[];
	readonly #out: Vector;
	readonly #index: RowIndex;
	/** The series of each group at the step at hand. */
	readonly #current = new Map<string, InfoSeries>();

	constructor(
		evaluator: Evaluator,
		base: Vector,
		plain: readonly boolean[],
		data: readonly Matcher[],
		infos: readonly InfoSeries[],
	) {
		this.#base = base;
		this.#plain = plain;
		this.#data = data;
		for (const info of infos) {
			const key = keyOf(info.labels[METRIC_NAME] ?? '', info.labels);
			const group = this.#groups.get(key);
			if (group) group.push(info);
			else this.#groups.set(key, [info]);
		}
		this.#names = [...new Set(infos.map(({ labels }) => labels[METRIC_NAME] ?? ''))];
		this.#out = evaluator.newVector(base.rows);
		this.#index = new RowIndex(this.#out);
	}

	run(): Vector {
		for (const [step, any] of presence(this.#base).entries()) {
			if (!any) continue;
			this.#choose(step);
			for (let row = 0; row < this.#base.rows; row++) if (this.#base.has(row, step)) this.#join(row, step);
		}
		return this.#out;
	}

	/** Of several series the one with the newest sample counts. */
	#choose(step: number): void {
		this.#current.clear();
		for (const [key, group] of this.#groups) {
			for (const info of group) {
				if (!info.times.has(info.row, step)) continue;
				const other = this.#current.get(key);
				const time = millisecondsOf(info, step);
				const otherTime = other ? millisecondsOf(other, step) : Number.NEGATIVE_INFINITY;
				if (other && time === otherTime) {
					const [existing, found] = [other, info].map(({ labels }) => `${formatLabels(labels)} @ ${time}`);
					throw failed(`found duplicate series for info metric: existing ${existing}, new ${found}`);
				}
				if (time > otherTime) this.#current.set(key, info);
			}
		}
	}

	#join(row: number, step: number): void {
		const labels = this.#plain[row] ? this.#base.labels[row]! : this.#labelsOf(this.#base.labels[row]!);
		if (!labels) return;
		const to = this.#index.rowOf(labels, this.#base.dropNames[row]);
		if (this.#out.has(to, step)) throw failed(SAME_LABELS);
		this.#out.copy(to, step, this.#base, row);
	}

	/** With the labels of its info series; undefined where there is none and one is asked for. */
	#labelsOf(base: Labels): Labels | undefined {
		const added = copyLabels();
		let found = false;
		for (const name of this.#names) {
			const info = this.#current.get(keyOf(name, base));
			if (!info) continue;
			found = true;
			for (const [label, value] of Object.entries(info.labels)) {
				if (isMetadata(label) || !this.#isWanted(label)) continue;
				if (added[label] !== undefined && added[label] !== value) throw failed(`conflicting label: ${label}`);
				if (labelOf(base, label) === undefined) added[label] = value;
			}
		}
		if (!found && !this.#data.every(matchesEmpty)) return undefined;
		return Object.assign(copyLabels(base), added);
	}

	#isWanted(label: string): boolean {
		return this.#data.length === 0 || this.#data.some((m) => m.name === label);
	}
}

function keyOf(name: string, labels: Labels): string {
	return [name, ...IDENTIFYING.map((l) => labels[l] ?? '')].join('\x01');
}

function millisecondsOf({ times, row }: InfoSeries, step: number): number {
	return Math.round(times.get(row, step) * 1000);
}
