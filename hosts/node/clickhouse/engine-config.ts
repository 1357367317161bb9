import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';

/** The user that may do everything; the one that the engine starts with may do nothing but listen. */
export const ENGINE_USER = 'codexray';
const MAX_MEMORY = 2_000_000_000;
const MARK_CACHE = 64 * 1024 * 1024;
/** However many parts of a table are damaged, it is loaded without them. */
const LOADED =
	'<max_suspicious_broken_parts>1000000000</max_suspicious_broken_parts><max_suspicious_broken_parts_bytes>1000000000000000</max_suspicious_broken_parts_bytes>';

/** Bytes that the engine may use: 2 GB, or a quarter of the machine. */
export function engineMemory(machine = totalmem()): number {
	return Math.min(MAX_MEMORY, Math.floor(machine / 4));
}

/**
 * Writes the engine's configuration into `dir` (mode 0700) and returns the path to hand over. Without `users.xml` the
 * listener would let everybody in; the password itself is never on disk.
 */
export async function writeEngineConfig(dir: string, password: string, memory: number): Promise<string> {
	await mkdir(dir, { recursive: true, mode: 0o700 });
	const users = join(dir, 'users.xml');
	const config = join(dir, 'config.xml');
	const hash = createHash('sha256').update(password).digest('hex');
	const common = '<networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota>';
	await writeFile(
		users,
		`<clickhouse>
<profiles><default/></profiles>
<quotas><default/></quotas>
<users>
<default><password></password>${common}
<grants><query>GRANT SYSTEM LISTEN ON *.*</query><query>GRANT CREATE ARBITRARY TEMPORARY TABLE ON *.*</query><query>GRANT TABLE ENGINE ON File</query></grants>
</default>
<${ENGINE_USER}><password_sha256_hex>${hash}</password_sha256_hex>${common}</${ENGINE_USER}>
</users>
</clickhouse>
`,
		{ mode: 0o600 },
	);
	await writeFile(
		config,
		`<clickhouse>
<max_server_memory_usage>${memory}</max_server_memory_usage>
<mark_cache_size>${MARK_CACHE}</mark_cache_size>
<background_pool_size>4</background_pool_size>
<merge_tree>${LOADED}</merge_tree>
<users_config>${escapeXml(users)}</users_config>
</clickhouse>
`,
		{ mode: 0o600 },
	);
	return config;
}

function escapeXml(text: string): string {
	return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
