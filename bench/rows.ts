/** One line of a benchmark: what is measured, and the floor below which the work is not done. */
export interface Row {
	name: string;
	bar: string;
	/** What the rival reached: measured in the same run where `measure` returns it, else the quoted figure. */
	rival: string;
}

export interface Measured {
	ours: string;
	rival?: string;
	ratio?: string;
	ok: boolean;
}

/** Every row of the plan by bench; a row that a bench does not measure prints as short. */
export const ROWS: Record<string, Record<string, Row>> = {
	core: {
		snappy: {
			name: 'snappy block, 64 KiB and 1 MiB, both directions (geometric mean; worst cell)',
			rival: 'snappy-wasm; npm snappy; golang/snappy',
			bar: 'mean >= 1.1x, no cell < 0.9x',
		},
		remoteWrite64: {
			name: 'remote-write decode to columns, 64 KiB',
			rival: 'protobufjs static; plain JS; Prometheus',
			bar: '>= 4x; >= 2x; >= 3x',
		},
		remoteWrite1M: {
			name: 'remote-write decode to columns, 1 MiB',
			rival: 'protobufjs static; plain JS; Prometheus',
			bar: '>= 5x; >= 2.5x; >= 3x',
		},
		chunks: {
			name: 'chunk codec, lossless',
			rival: 'plain JS; Prometheus XOR; parent 3.0 B lossy',
			bar: '<= 1.10 B (mix), <= 1.65 B (wide); encode >= 140, decode >= 600 M samples/s; decode >= 4x plain JS',
		},
		otlp: {
			name: 'OTLP traces to RowBinary',
			rival: 'protobufjs and JS encoder',
			bar: '>= 5x, >= 150 k spans/s',
		},
		pprof: {
			name: 'pprof decode and merge',
			rival: 'pprof-format and JS; google/pprof 161 profiles/s',
			bar: '>= 5x; >= 1x',
		},
	},
	agent: {
		parsing: { name: 'L7 parsing through the component', rival: '-', bar: '>= 1 M HTTP messages/s per core' },
		cpu: {
			name: 'CPU per request, nginx at 2 000/s keep-alive, idle share included',
			rival: 'parent 38.4 us',
			bar: '<= 15 us',
		},
		cost: { name: 'what it costs nginx per request', rival: 'parent +12.7 us', bar: '<= +5 us' },
		counted: { name: 'requests counted at 2 000/s', rival: 'parent 86 %', bar: '100 %' },
		countedAtSaturation: { name: 'requests counted at saturation', rival: '-', bar: '100 %' },
		throughput: {
			name: 'wrk throughput with client, nginx and agent on two cores',
			rival: 'parent 61 % of unobserved',
			bar: '>= 80 %',
		},
		idle: { name: 'idle CPU', rival: 'parent 3.0 %', bar: '<= 1 %' },
		memory: { name: 'RSS; peak', rival: 'parent 111; 167 MiB', bar: '<= 110; 150 MiB' },
		start: { name: 'start to first event', rival: 'parent 8 to 11 s', bar: '<= 2 s' },
		maps: { name: 'kernel maps', rival: 'parent about 240 MB', bar: '<= 64 MB' },
		soak: {
			name: '100 containers at the highest rate the machine holds, 20 minutes',
			rival: '-',
			bar: 'RSS <= 150 MB and flat, no uncounted drop',
		},
	},
	metrics: {
		matrix: {
			name: '20 000 series x 1 h from the chunk store into one matrix, warm',
			rival: 'parent 40 to 54 ms',
			bar: '<= 30 ms',
		},
		ingestion: {
			name: 'ingestion, remote write to durable',
			rival: 'Prometheus, VictoriaMetrics',
			bar: "CPU per million samples <= Prometheus's; >= 1 M samples/s per core",
		},
		disk: {
			name: 'bytes per sample on disk, all included',
			rival: 'parent 3.2, Prometheus 2.1 to 2.9',
			bar: '<= 1.5',
		},
		queries: {
			name: 'range queries of the bench set',
			rival: 'Prometheus, VictoriaMetrics',
			bar: 'geometric mean >= 1x Prometheus',
		},
		memory: {
			name: 'memory at 100 000 active series',
			rival: 'Prometheus, VictoriaMetrics',
			bar: "<= Prometheus's",
		},
	},
	signals: {
		start: {
			name: 'server: second start; RSS without the engine',
			rival: 'parent 0.1 s; 31 MiB idle',
			bar: '<= 2 s; <= 250 MiB idle',
		},
		logs: {
			name: 'logs from OTLP body to RowBinary block',
			rival: 'protobufjs and JS encoder',
			bar: '>= 100 k rows/s per core',
		},
		compression: {
			name: 'compression in ClickHouse, real logs and spans, index beside it',
			rival: '10x',
			bar: '>= 10x',
		},
	},
	model: {
		refresh: {
			name: '1 000 applications, 10 000 containers, >= 100 series each',
			rival: '-',
			bar: 'refresh <= 1 s, page answer <= 100 ms',
		},
		map: {
			name: 'map of 1 000 applications while panning',
			rival: '-',
			bar: 'main-thread work per frame p95 <= 8 ms',
		},
	},
};
