import { expect, test } from 'vitest';
import { diagnose, type HostFacts, logStatus, traceStatus } from './diagnosis.ts';

const ALL = (1n << 41n) - 1n;
const commands = { build: 'build it', elevate: 'sudo it', kernel: 'upgrade it', report: 'report it' };
const facts = (more: Partial<HostFacts> = {}): HostFacts => ({
	...{ built: true, capabilities: ALL, btf: true, kernel: '6.18.1-cloud', commands },
	...more,
});
const off = (feature: string, more = {}) => ({ feature, tier: '', ok: false, reason: 'refused', ...more });
const caps = (...numbers: bigint[]) => numbers.reduce((bits, number) => bits | (1n << number), 0n);

test('what works has nothing to be done about', () => {
	expect(
		diagnose({ feature: 'socket-data', tier: 'tracepoint', ok: true, reason: '' }, facts()),
	).toMatchObject({
		...{ ok: true, tier: 'tracepoint', reason: null, missing: null, command: null, works: null },
	});
});

test.each([
	['not built', 'connections', { built: false, capabilities: 0n }, 'not built', 'build it'],
	['no privileges', 'connections', { capabilities: 0n, btf: false }, 'CAP_BPF', 'sudo it'],
	['only one of both', 'connections', { capabilities: caps(39n) }, 'CAP_PERFMON', 'sudo it'],
	['no BTF', 'processes', { btf: false }, 'CONFIG_DEBUG_INFO_BTF', 'upgrade it'],
	['an old kernel', 'socket-data', { kernel: '6.1.0-13-amd64' }, 'Linux 6.3', 'upgrade it'],
	['an older one', 'socket-data', { kernel: '5.10.0' }, 'Linux 6.3', 'upgrade it'],
	['refused for all that', 'socket-data', {}, 'this kernel refuses it', 'report it'],
	['an old kernel has the rest', 'processes', { kernel: '5.10.0' }, 'this kernel refuses it', 'report it'],
	['CAP_BPF and CAP_PERFMON do', 'processes', { capabilities: caps(38n, 39n) }, 'refuses', 'report it'],
	['CAP_SYS_ADMIN times programs', 'bpf_stats', { capabilities: caps(38n, 39n) }, 'SYS_ADMIN', 'sudo it'],
	['it is no program', 'bpf_stats', { btf: false, capabilities: caps(21n) }, 'Linux 5.8', 'upgrade it'],
	['asked by netlink', 'task_delays', { btf: false, capabilities: 0n }, 'NET_ADMIN', 'sudo it'],
	['asked from elsewhere', 'task_delays', { capabilities: caps(12n) }, 'network namespace', null],
	['nothing to ask with', 'task_delays', { built: false }, 'not built', 'build it'],
	['so does CAP_SYS_ADMIN', 'processes', { capabilities: caps(21n) }, 'refuses', 'report it'],
])('%s: %s', (_name, feature, more, missing, command) => {
	const found = diagnose(off(feature), facts(more));
	expect(found.missing).toContain(missing);
	expect(found).toMatchObject({ ok: false, reason: 'refused', command });
	expect(found.works).toBeTruthy();
});

test('what nobody asked for needs nothing', () => {
	expect(diagnose(off('cpu_profiles', { unwanted: true }), facts({ capabilities: 0n }))).toMatchObject({
		...{ ok: false, missing: null, command: null },
	});
});

test('logs are read in part where not everything may be looked at', () => {
	const found = diagnose(logStatus(facts({ capabilities: caps(2n) })), facts({ capabilities: caps(2n) }));
	expect(found.state).toBe('degraded');
	expect(found).toMatchObject({ command: 'sudo it', missing: expect.stringContaining('CAP_SYS_PTRACE') });
	expect(diagnose(logStatus(facts()), facts()).state).toBe('works');
});

test('what could not be verified is no fault', () => {
	const status = { feature: 'socket-data', tier: 'tracepoint', ok: true, reason: 'not verified' };
	expect(diagnose(status, facts())).toMatchObject({ reason: 'not verified', missing: null, command: null });
});

test('there are spans where there is socket data', () => {
	const data = { feature: 'socket-data', tier: 'tracepoint', ok: true, reason: '' };
	expect(traceStatus([off('processes'), data]).ok).toBe(true);
	expect(traceStatus([{ ...data, ok: false }]).ok).toBe(false);
	expect(traceStatus([]).ok).toBe(false);
});
