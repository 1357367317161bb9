// A mock: invented profiles in the shapes of the server's API, for tests and screenshots of the pages only.
import type { ProfileFlame, ProfileServices } from '../src/api/profile-types.ts';
import { foldStacks, type Stack } from './fold-stacks.ts';

const DAY = 24 * 3600e3;
/** Profiles are kept no longer here, so that a base of last week holds none. */
const KEPT_MS = 3 * DAY;
const STEPS = 60;
export const LEDGER_SERVICE = '/k8s/payments/ledger-api-7c9dz/main';
const CPU = 'ebpf:cpu:nanoseconds';
const HEAP = 'go:heap_inuse_space:bytes';
const NODES_OF_LARGE = 50_000;

/** Frames root first, then the samples of this time and of the base. */
const LEDGER = `net/http.(*conn).serve|/src/ledger-api;ledger/server.(*API).ServeHTTP|/src/ledger-api;ledger/server.postEntry|/src/ledger-api
 ledger/audit.(*Trail).Encode|/src/ledger-api;encoding/json.Marshal|/src/ledger-api;encoding/json.(*encodeState).marshal|/src/ledger-api;encoding/json.structEncoder.encode|/src/ledger-api 210 30
 ledger/audit.(*Trail).Encode|/src/ledger-api;encoding/json.Marshal|/src/ledger-api;runtime.mallocgc|/src/ledger-api 96 14
 ledger/audit.(*Trail).Encode|/src/ledger-api;ledger/audit.redact|/src/ledger-api;regexp.(*Regexp).ReplaceAll|/src/ledger-api 88 3
 ledger/store.Append|/src/ledger-api;database/sql.(*DB).ExecContext|/src/ledger-api;SSL_write|/usr/lib/libssl.so.3;libssl.so.3+0x1f4c0|/usr/lib/libssl.so.3 52 80
 ledger/store.Append|/src/ledger-api;database/sql.(*DB).ExecContext|/src/ledger-api;write|/usr/lib/libc.so.6;tcp_sendmsg_locked|[kernel] 61 90
 ledger/store.Append|/src/ledger-api 31 12
net/http.(*conn).serve|/src/ledger-api;runtime.mallocgc|/src/ledger-api;runtime.gcAssistAlloc|/src/ledger-api
 _ 40 20
ledger/tree.(*Node).Walk|/src/ledger-api;ledger/tree.(*Node).Walk|/src/ledger-api;ledger/tree.(*Node).Walk|/src/ledger-api
 _ 50 52
 ledger/tree.(*Node).Walk|/src/ledger-api 30 31
runtime.gcBgMarkWorker|/src/ledger-api;runtime.gcDrain|/src/ledger-api
 _ 90 42
[anon]
 _ 26 20
 shop::ledger::rules::detail::CompiledExpression<shop::Money>::evaluate|/opt/rules.node 34 60
start_thread|/usr/lib/libc.so.6;shop::ledger::rules::Engine::run|/opt/rules.node;shop::ledger::rules::detail::CompiledExpression<shop::Money>::evaluate|/opt/rules.node
 _ 72 40
entry_SYSCALL_64|[kernel];do_epoll_wait|[kernel]
 _ 38 60
 schedule|[kernel] 12 44
old.path|/src/ledger-api
 _ 0 170`;

function ledgerStacks(): Stack[] {
	let head: string[] = [];
	return LEDGER.split('\n').flatMap((line) => {
		if (!line.startsWith(' ')) {
			head = line.split(';');
			return [];
		}
		const [frames = '', value, base] = line.trim().split(' ');
		const rest = frames === '_' ? [] : frames.split(';');
		return { frames: [...head, ...rest], value: Number(value) * 1e9, base: Number(base) * 1e9 };
	});
}

/** A tree as deep and as uneven as that of a large program. */
function largeStacks(): Stack[] {
	let state = 7;
	const next = (below: number) => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return Math.floor((state / 4294967296) ** 2 * below);
	};
	const stacks: Stack[] = [];
	const known = new Set<string>();
	while (known.size < NODES_OF_LARGE) {
		const frames: string[] = [];
		const depth = 8 + next(50);
		for (let i = 0; i < depth; i++) {
			frames.push(`pkg${i % 7}::module${next(6)}::Type${next(3)}::step${i}|/src/large`);
			known.add(frames.join(';'));
		}
		stacks.push({ frames, value: (1 + next(200)) * 1e7 });
	}
	return stacks;
}

/** The answer of a route under `/api/profiles`, or null where there is none. */
export function storyProfiles(
	path: string,
	params: URLSearchParams,
	story: 'empty' | 'large' | 'shop',
	now: number,
): ProfileServices | ProfileFlame | null {
	if (path === '/api/profiles/services') return services(story === 'empty', now);
	if (path !== '/api/profiles/flame') return null;
	const baseTo = params.has('baseTo') ? Number(params.get('baseTo')) : null;
	const from = Number(params.get('from'));
	const to = Number(params.get('to'));
	const kept = (end: number) => story !== 'empty' && end > now - KEPT_MS;
	const stacks = story === 'large' ? largeStacks() : ledgerStacks();
	const flame = foldStacks(
		stacks.map(({ frames, value, base = 0 }) => ({
			frames,
			value: kept(to) ? value : 0,
			base: baseTo !== null && kept(baseTo) ? base : 0,
		})),
		baseTo !== null,
	);
	const step = Math.round((to - from) / STEPS);
	return {
		...flame,
		...{
			from,
			to,
			samples: Math.round(flame.total / 1e7),
			instances: [{ instance: LEDGER_SERVICE, total: flame.total }],
		},
		type: params.get('type') ?? CPU,
		unit: params.get('type') === HEAP ? 'bytes' : 'nanoseconds',
		times: Array.from({ length: STEPS }, (_, i) => from + (i + 1) * step),
		series: Array.from({ length: STEPS }, (_, i) =>
			i >= 20 && i < 24 ? null : (flame.total / STEPS) * (1 + 0.3 * Math.sin(i / 4)),
		),
	};
}

function services(none: boolean, now: number): ProfileServices {
	const typeOf = (type: string, unit: string, aggregation: 'sum' | 'avg') => ({
		type,
		unit,
		aggregation,
		lastAt: now - 20_000,
	});
	const cpu = typeOf(CPU, 'nanoseconds', 'sum');
	return {
		services: none
			? []
			: [
					{
						service: LEDGER_SERVICE,
						application: '_:payments:Deployment:ledger-api',
						types: [typeOf(HEAP, 'bytes', 'avg'), cpu],
					},
					{
						service: '/k8s/payments/checkout-5d8f/main',
						application: '_:payments:Deployment:checkout',
						types: [cpu],
					},
				],
	};
}
