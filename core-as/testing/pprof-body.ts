import {
	Label,
	Line,
	Location,
	Mapping,
	Function as PprofFunction,
	Profile,
	Sample,
	StringTable,
	ValueType,
} from 'pprof-format';

export interface PlainFrame {
	name: string;
	file: string;
	line: number;
}

export interface PlainLabel {
	key: string;
	text?: string;
	number?: number | bigint;
	unit?: string;
}

/**
 * One stack of a profile, leaf first. A number instead of a frame is an address without a name; several frames are one
 * location, the innermost inlined function first.
 */
export interface PlainSample {
	frames: (PlainFrame | number | PlainFrame[])[];
	values: (number | bigint)[];
	labels?: PlainLabel[];
}

export interface PlainProfile {
	types: { type: string; unit: string }[];
	samples: PlainSample[];
	timeNanos?: bigint;
	durationNanos?: bigint;
	period?: { type: string; unit: string; every: number };
	/** Ids are multiplied by it: above 1 they have holes. */
	idStep?: number;
}

/** A profile.proto by pprof-format, which is not ours. */
export function pprofBody({
	types,
	samples,
	timeNanos,
	durationNanos,
	period,
	idStep = 1,
}: PlainProfile): Uint8Array {
	const stringTable = new StringTable();
	const locations = new Map<string, Location>();
	const functions: PprofFunction[] = [];
	const mapping = new Mapping({ id: idStep, filename: stringTable.dedup('/usr/bin/stripped') });
	const idOf = (frame: PlainSample['frames'][number]) => {
		const key = JSON.stringify(frame);
		const known = locations.get(key);
		if (known) return known.id;
		const id = (locations.size + 1) * idStep;
		if (typeof frame === 'number') {
			locations.set(key, new Location({ id, address: frame, mappingId: idStep, line: [] }));
			return id;
		}
		const line = [frame].flat().map((each) => new Line({ functionId: addFunction(each), line: each.line }));
		locations.set(key, new Location({ id, line }));
		return id;
	};
	const addFunction = ({ name, file }: PlainFrame) => {
		const id = (functions.length + 1) * idStep;
		functions.push(
			new PprofFunction({ id, name: stringTable.dedup(name), filename: stringTable.dedup(file) }),
		);
		return id;
	};
	const labelOf = ({ key, text = '', number = 0, unit = '' }: PlainLabel) =>
		new Label({
			...{ key: stringTable.dedup(key), str: stringTable.dedup(text) },
			...{ num: number, numUnit: stringTable.dedup(unit) },
		});
	const typeOf = ({ type, unit }: { type: string; unit: string }) =>
		new ValueType({ type: stringTable.dedup(type), unit: stringTable.dedup(unit) });
	const sample = samples.map(
		({ frames, values, labels = [] }) =>
			new Sample({ locationId: frames.map(idOf), value: values, label: labels.map(labelOf) }),
	);
	return new Profile({
		sampleType: types.map(typeOf),
		...(period ? { periodType: typeOf(period), period: period.every } : {}),
		sample,
		location: [...locations.values()],
		function: functions,
		mapping: [mapping],
		stringTable,
		timeNanos: timeNanos ?? 0,
		durationNanos: durationNanos ?? 0,
	}).encode();
}
