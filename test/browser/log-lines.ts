import { createHash } from 'node:crypto';
import { attribute } from '../../core-as/testing/otlp-body.ts';
import { nanos } from '../product/signal-server.ts';

// What two services write in fifty minutes: mostly quiet, then payments fail.

export const TRACE = '5b8efff798038103d269b633813fc60c';
export const SPAN = 'eee19b7ec3c1b174';

interface Kind {
	severity: number;
	text: string;
	body: (n: number) => string;
}

const KINDS = {
	posted: { severity: 9, text: 'INFO', body: (n) => `entry posted journal=J${n} in ${n % 90}ms` },
	balance: { severity: 9, text: 'INFO', body: (n) => `GET /v1/accounts/${n}/balance 200` },
	pool: { severity: 5, text: 'DEBUG', body: (n) => `pool: acquired connection ${n % 20} of 20` },
	retry: { severity: 13, text: 'WARN', body: (n) => `retrying write, attempt ${(n % 3) + 1} of 3` },
	failed: {
		severity: 17,
		text: 'ERROR',
		body: (n) => `posting entry failed: deadline exceeded (journal=J${n})`,
	},
	panic: {
		severity: 21,
		text: 'FATAL',
		body: (n) =>
			`panic: journal J${n} is sealed\n\ngoroutine 7 [running]:\nmain.append()\n\t/src/main.go:218`,
	},
	plain: { severity: 0, text: '', body: (n) => `listening on port ${n}` },
} satisfies Record<string, Kind>;
type KindName = keyof typeof KINDS;

export interface Line {
	/** ms since the epoch. */
	time: number;
	service: string;
	kind: KindName;
	n: number;
}

/** As the agent's clustering names a pattern: any text that is the same for the same shape. */
export const patternOf = (kind: KindName): string => createHash('md5').update(kind).digest('hex');

export const bodyOf = ({ kind, n }: Line): string => KINDS[kind].body(n);

/** One line a second back from `now`, of `front` and `other` in turn. */
export function storyLines(now: number, front: string, other: string): Line[] {
	const kinds: KindName[] = [
		'posted',
		'balance',
		'pool',
		'posted',
		'balance',
		'retry',
		'posted',
		'posted',
		'balance',
	];
	return Array.from({ length: 3000 }, (_, i) => {
		const bad = i < 900 && i % 5 === 2;
		const kind: KindName =
			i === 40 ? 'panic' : i === 2999 ? 'plain' : bad ? 'failed' : kinds[i % kinds.length]!;
		return { time: now - (i + 1) * 1000, service: i % 3 === 2 ? other : front, kind, n: 3000 - i };
	});
}

/** The body of an OTLP request in JSON. */
export function otlpLines(lines: readonly Line[]): string {
	const services = [...new Set(lines.map(({ service }) => service))];
	return JSON.stringify({
		resourceLogs: services.map((service) => ({
			resource: { attributes: [attribute('service.name', service), attribute('host.name', 'pay-2')] },
			scopeLogs: [{ logRecords: lines.filter((line) => line.service === service).map(record) }],
		})),
	});
}

function record(line: Line): Record<string, unknown> {
	const { severity, text } = KINDS[line.kind];
	const attributes = [
		attribute('journal', `J${line.n}`),
		attribute('log.iostream', severity >= 17 ? 'stderr' : 'stdout'),
	];
	if (line.kind !== 'plain') attributes.push(attribute('pattern.hash', patternOf(line.kind)));
	return {
		timeUnixNano: nanos(line.time),
		severityNumber: severity,
		severityText: text,
		body: { stringValue: bodyOf(line) },
		attributes,
		...(line.kind === 'failed' ? { traceId: TRACE, spanId: SPAN } : {}),
	};
}
