import { silentLogger } from '../../../../app/logging/logger.ts';
import { until } from '../../../../test/product/waiting.ts';
import { ClickhouseEngine } from '../clickhouse-engine.ts';
import { EmbeddedEngine } from '../embedded-engine.ts';
import { pinnedNode } from '../open-engine.ts';

export interface StartedEngine {
	embedded: EmbeddedEngine;
	engine: ClickhouseEngine;
}

/** The embedded engine on a folder of its own, once it answers. */
export async function startEngine(dataDir: string): Promise<StartedEngine> {
	const embedded = new EmbeddedEngine({ dataDir, node: pinnedNode(), log: silentLogger });
	const engine = await ClickhouseEngine.open(embedded);
	await answering(embedded);
	return { embedded, engine };
}

export async function answering(embedded: EmbeddedEngine): Promise<void> {
	await until(
		() => embedded.address ?? undefined,
		() => embedded.reason,
	);
}
