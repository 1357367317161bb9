import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../test/product/waiting.ts';
import { Runc } from '../../test/runtimes/runc.ts';

const CONNECTIONS = 2;
const BODY_BYTES = 612;
const NGINX = `user root; daemon off; master_process off; pid /out/nginx.pid; error_log /out/error.log;
events { worker_connections 64; }
http { access_log off; keepalive_requests 100000000; keepalive_timeout 600; client_body_temp_path /out/body;
proxy_temp_path /out/proxy; fastcgi_temp_path /out/fastcgi; uwsgi_temp_path /out/uwsgi; scgi_temp_path /out/scgi;
server { listen 127.0.0.1:8080; root /out; } }`;

/** This machine's nginx and wrk, and what they need. */
const PROGRAMS = Object.fromEntries(['/usr', '/lib', '/lib64', '/etc'].map((folder) => [folder, folder]));

/** Containers of runc, each with nginx and a wrk that asks it for all that the machine holds, in a network of its own. */
export class LoadedContainers {
	readonly names: string[] = [];
	/** Requests that wrk may leave unanswered when its time is up: seen, and not reported. */
	readonly unreported: number;
	private readonly runc = new Runc();
	private readonly dir: string;

	private constructor(dir: string, unreported: number) {
		this.dir = dir;
		this.unreported = unreported;
	}

	/** @param dir for what they write; `seconds`: how long each asks, from `go` on */
	static async start(dir: string, count: number, seconds: number): Promise<LoadedContainers> {
		const started = new LoadedContainers(dir, count * CONNECTIONS);
		mkdirSync(join(dir, 'start'));
		try {
			for (let i = 0; i < count; i++) await started.add(`soak-${process.pid}-${i}`, seconds);
			return started;
		} catch (error) {
			await started.close();
			throw error;
		}
	}

	private async add(name: string, seconds: number): Promise<void> {
		const out = join(this.dir, name);
		mkdirSync(out);
		writeFileSync(join(out, 'index.html'), 'x'.repeat(BODY_BYTES));
		writeFileSync(join(out, 'nginx.conf'), NGINX);
		const load = `wrk -t1 -c${CONNECTIONS} -d${seconds}s http://127.0.0.1:8080/`;
		this.runc.run(
			name,
			`nginx -c /out/nginx.conf -p /out > /out/nginx.txt 2>&1 & until [ -s /out/nginx.pid ]; do sleep 1; done
echo > /out/ready; until [ -f /start/now ]; do sleep 1; done
${load} > /out/wrk.txt 2>&1; echo > /out/done; sleep 100000`,
			{},
			{ ...PROGRAMS, '/out': out, '/start': join(this.dir, 'start') },
		);
		this.names.push(name);
		// The next one takes the place of its configuration.
		await until(
			() => this.runc.status(name),
			() => `container ${name} does not start`,
		);
	}

	async go(): Promise<void> {
		await this.untilAll('ready', 60_000);
		writeFileSync(join(this.dir, 'start', 'now'), '');
	}

	/** Requests that were answered, all together. */
	async answered(patienceMs: number): Promise<number> {
		await this.untilAll('done', patienceMs);
		return this.names.reduce((sum, name) => {
			const text = readFileSync(join(this.dir, name, 'wrk.txt'), 'utf8');
			const requests = /(\d+) requests in/.exec(text)?.[1];
			if (requests === undefined) throw new Error(`wrk in ${name}: ${text}`);
			return sum + Number(requests);
		}, 0);
	}

	close(): Promise<void> {
		return this.runc.close();
	}

	private async untilAll(file: string, patienceMs: number): Promise<void> {
		const missing = () => this.names.filter((name) => !existsSync(join(this.dir, name, file)));
		await until(
			async () => missing().length === 0 || undefined,
			() => `no ${file} of ${missing().join(', ')}`,
			patienceMs,
		);
	}
}
