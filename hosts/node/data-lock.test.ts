import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DataLock } from './data-lock.ts';

test('a data directory has one holder, and then another', async () => {
	const dataDir = mkdtempSync(join(tmpdir(), 'codexray-lock-'));
	try {
		const first = DataLock.take(dataDir);
		expect(() => DataLock.take(dataDir)).toThrow(expect.objectContaining({ code: 'CXR_STORE_LOCKED' }));
		expect(() => DataLock.take(dataDir)).toThrow(/lock\.sqlite/);
		await first.close();
		await DataLock.take(dataDir).close();
	} finally {
		rmSync(dataDir, { recursive: true });
	}
});
