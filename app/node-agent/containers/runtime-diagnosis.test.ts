import { expect, test } from 'vitest';
import type { RuntimeName } from './container-runtime.ts';
import { diagnoseRuntime } from './runtime-diagnosis.ts';
import { RUNTIME_OPTIONS } from './runtime-options.ts';

const RUNTIMES: RuntimeName[] = ['docker', 'containerd', 'crio', 'podman'];
const refusal = (code: string) => Object.assign(new Error(`connect ${code}`), { code });
const refused = (error: Error, runtime: RuntimeName = 'docker') =>
	diagnoseRuntime({ runtime, place: '/run/it.sock', error }, 'sudo codexray up');

test('one that answers needs nothing', () => {
	expect(diagnoseRuntime({ runtime: 'docker', place: '/run/docker.sock' }, 'sudo it')).toEqual({
		...{ runtime: 'docker', state: 'answers', place: '/run/docker.sock', reason: null },
		...{ means: 'Its containers have their names.', help: null },
	});
});

test.each(RUNTIMES)('%s is not there: its containers would have digits, and there are options', (runtime) => {
	const status = diagnoseRuntime({ runtime, place: undefined }, 'sudo it');
	expect(status).toMatchObject({ state: 'absent', place: null, reason: null });
	expect(status.means).toContain(`/${runtime}/0123456789ab`);
	const named = RUNTIME_OPTIONS.filter(({ flag }) => flag.startsWith(runtime));
	expect(named.length).toBeGreaterThan(0);
	for (const { flag, env } of named) {
		expect(status.help).toContain(`--${flag} `);
		expect(status.help).toContain(`${env[0]}=`);
	}
});

test('one that refuses: in the words of the system, with what helps', () => {
	expect(refused(refusal('EACCES'))).toMatchObject({
		...{ state: 'refused', place: '/run/it.sock', reason: 'connect EACCES' },
		...{ means: expect.stringContaining('/docker/0123456789ab'), help: 'Root may ask it: sudo codexray up' },
	});
	expect(refused(refusal('ECONNREFUSED')).help).toContain('systemctl start docker');
	expect(refused(refusal('ECONNREFUSED'), 'podman').help).toContain('systemctl start podman.socket');
	expect(refused(new Error('/run/it.sock answers 500'), 'crio').help).toContain('--crio-socket PATH');
});
