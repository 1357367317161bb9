import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cases, spoolCases } from '../../../app/delivery/spool.contract.ts';
import { NodeSegmentFiles } from './node-segment-files.ts';

export const cases: Cases = spoolCases(async () => {
	const folder = await mkdtemp(join(tmpdir(), 'spool-'));
	return {
		reopen: () => NodeSegmentFiles.open(folder),
		async damage(sequence, offset, bytes, length) {
			const file = await open(join(folder, `${String(sequence).padStart(10, '0')}.spool`), 'r+');
			if (length !== undefined) await file.truncate(length);
			if (bytes.length > 0) await file.write(bytes, 0, bytes.length, offset);
			await file.close();
		},
		dispose: () => rm(folder, { recursive: true, force: true }),
	};
});
