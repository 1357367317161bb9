import type { NodeReport } from '../api/node-schemas.ts';
import { known } from './columns.ts';
import type { SeriesGroup } from './series-group.ts';

const CPU = 'codexray_agent_cpu_seconds_total';
const RESIDENT = 'codexray_agent_resident_memory_bytes';
const MEMORY = 'codexray_agent_memory_bytes';
const WASM = 'codexray_agent_wasm_memory_bytes';
const RUNS = 'codexray_agent_bpf_runs_total';
const RUN_TIME = 'codexray_agent_bpf_run_seconds_total';
const FILL = 'codexray_agent_stage_fill_ratio';
export const AGENT_COST_METRICS = [CPU, RESIDENT, MEMORY, WASM, RUNS, RUN_TIME, FILL];

/** What a node's agent costs it. An agent that is older than owners tells the sums alone. */
export function agentCostOf(series: SeriesGroup): Pick<NodeReport['agent'], 'cpu' | 'memory' | 'cost'> {
	const owners = (metric: string) => series.values('owner', metric).filter((owner) => owner !== '');
	const memory = series.split([MEMORY], ({ labels }) => `${labels.owner ?? ''} ${labels.kind ?? ''}`);
	return {
		cpu: known(series.sum(CPU)),
		memory: known(series.gauge(RESIDENT)),
		cost: {
			cpu: owners(CPU).map((owner) => ({ owner, cores: known(series.rates(CPU, ['owner', owner])) })),
			memory: [...memory].map(([name, group]) => {
				const [owner = '', kind = ''] = name.split(' ');
				return { owner, kind, bytes: known(group.gauge(MEMORY)) };
			}),
			wasm: owners(WASM).map((owner) => ({ owner, bytes: known(series.gauge(WASM, ['owner', owner])) })),
			programs: series.values('program', RUNS).map((program) => ({
				program,
				runsPerSecond: known(series.rates(RUNS, ['program', program])),
				cores: known(series.rates(RUN_TIME, ['program', program])),
			})),
			fills: series.values('stage', FILL).map((stage) => ({
				stage,
				fill: known(series.gauge(FILL, ['stage', stage])),
			})),
		},
	};
}
