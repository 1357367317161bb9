import {
	Line,
	Location,
	Mapping,
	Function as PprofFunction,
	Profile,
	Sample,
	StringTable,
	ValueType,
} from 'pprof-format';

/** One stack of a profile, leaf first; a number instead of a frame is an address without a name. */
export interface PlainSample {
	frames: ({ name: string; file: string; line: number } | number)[];
	values: (number | bigint)[];
}

export interface PlainProfile {
	types: { type: string; unit: string }[];
	samples: PlainSample[];
	timeNanos?: bigint;
	durationNanos?: bigint;
	/** Ids are multiplied by it: above 1 they have holes. */
	idStep?: number;
}

/** A profile.proto by pprof-format, which is not ours. */
export function pprofBody({
	types,
	samples,
	timeNanos,
	durationNanos,
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
		const { name, file, line } = frame;
		functions.push(
			new PprofFunction({
				id: (functions.length + 1) * idStep,
				name: stringTable.dedup(name),
				filename: stringTable.dedup(file),
			}),
		);
		const functionId = functions.length * idStep;
		locations.set(key, new Location({ id, line: [new Line({ functionId, line })] }));
		return id;
	};
	const sample = samples.map(
		({ frames, values }) => new Sample({ locationId: frames.map(idOf), value: values }),
	);
	return new Profile({
		sampleType: types.map(
			({ type, unit }) => new ValueType({ type: stringTable.dedup(type), unit: stringTable.dedup(unit) }),
		),
		sample,
		location: [...locations.values()],
		function: functions,
		mapping: [mapping],
		stringTable,
		timeNanos: timeNanos ?? 0,
		durationNanos: durationNanos ?? 0,
	}).encode();
}
