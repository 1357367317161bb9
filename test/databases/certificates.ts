import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate authority of a test, and what it has signed for 127.0.0.1, in files of a folder of their own. */
export class Certificates {
	readonly dir = mkdtempSync(join(tmpdir(), 'codexray-certificates-'));
	readonly caFile = join(this.dir, 'ca.pem');
	readonly certificateFile = join(this.dir, 'server.pem');
	readonly keyFile = join(this.dir, 'server.key');

	constructor() {
		const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
		const caKey = join(this.dir, 'ca.key');
		const request = join(this.dir, 'request.pem');
		const names = join(this.dir, 'names');
		writeFileSync(names, 'subjectAltName=IP:127.0.0.1\n');
		this.openssl([
			'req',
			'-x509',
			...key,
			'-keyout',
			caKey,
			'-out',
			this.caFile,
			'-days',
			'2',
			'-subj',
			'/CN=Test CA',
		]);
		this.openssl(['req', ...key, '-keyout', this.keyFile, '-out', request, '-subj', '/CN=source']);
		const signed = ['-CA', this.caFile, '-CAkey', caKey, '-CAcreateserial', '-extfile', names, '-days', '2'];
		this.openssl(['x509', '-req', '-in', request, '-out', this.certificateFile, ...signed]);
	}

	private openssl(words: string[]): void {
		execFileSync('openssl', words, { stdio: 'pipe' });
	}

	get ca(): string {
		return readFileSync(this.caFile, 'utf8');
	}

	remove(): void {
		rmSync(this.dir, { recursive: true, force: true });
	}
}
