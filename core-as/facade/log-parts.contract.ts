import assert from 'node:assert/strict';
import { bodies, encoder, entries, feed, NOW, open } from '../testing/log-feed.ts';
import { Random } from '../testing/random.ts';
import type { LogFormat } from './log-source.ts';

// Lines that a runtime cut into parts, of two streams at once.

/** What a runtime writes of two streams that print long lines at once, and the lines in the order in which they began. */
function interleaved(format: LogFormat, random: Random): { text: Uint8Array; wanted: string[] } {
	const wanted: string[] = [];
	const open: (string | undefined)[] = [undefined, undefined];
	let text = '';
	for (let i = 0; i < 400 || open.some((rest) => rest !== undefined); i++) {
		const which = random.below(2);
		let line = open[which];
		if (line === undefined) {
			if (i >= 400) continue;
			line = `INFO ${i} ${'größe'.repeat(random.below(4) * random.below(6))}.`;
			wanted.push(line);
		}
		const size = random.below(3) === 0 ? line.length : 1 + random.below(40);
		const [part, rest] = [line.slice(0, size), line.slice(size)];
		open[which] = rest === '' ? undefined : rest;
		const stream = which === 0 ? 'stdout' : 'stderr';
		const time = '2026-11-27T20:15:02Z';
		text +=
			format === 'cri'
				? `${time} ${stream} ${rest === '' ? 'F' : 'P'} ${part}\n`
				: `${JSON.stringify({ log: rest === '' ? `${part}\n` : part, stream, time })}\n`;
	}
	return { text: encoder.encode(text), wanted };
}

export const cases: Record<string, () => void | Promise<void>> = {
	async 'a line in parts: what the other stream prints between them are lines of their own, behind it'() {
		const docker = (await open('docker')).source;
		const line = (log: string, stream: string) =>
			`${JSON.stringify({ stream, log, time: '2026-11-27T20:15:01Z' })}\n`;
		assert.deepEqual(
			bodies(
				docker,
				line('INFO one ', 'stdout') +
					line('WARN two\n', 'stderr') +
					line('WARN th', 'stderr') +
					'no object\n' +
					line('goes on\n', 'stdout') +
					line('INFO four\n', 'stdout') +
					line('ree\n', 'stderr'),
			),
			['INFO one goes on', 'WARN two', 'WARN three', 'no object', 'INFO four'],
		);
		const cri = (await open('cri')).source;
		assert.deepEqual(
			bodies(
				cri,
				[
					'2026-11-27T20:15:02Z stdout P INFO o',
					'2026-11-27T20:15:02Z stderr P WARN t',
					'2026-11-27T20:15:03Z stderr F:x wo',
					'2026-11-27T20:15:03Z stdout F ne\n',
				].join('\n'),
			),
			['INFO one', 'WARN two'],
		);
	},

	async 'lines of two streams, in parts and cut anywhere, come once in the order of their beginnings, whenever the agent dies'() {
		const random = new Random(17);
		for (const format of ['docker', 'cri'] as const) {
			const { text, wanted } = interleaved(format, random);
			for (let round = 0; round < 20; round++) {
				let { source } = await open(format);
				const found: string[] = [];
				let consumed = 0;
				for (let at = 0; at < text.length; ) {
					const end = Math.min(text.length, at + 1 + random.below(1_500));
					const fed = source.feed(text.subarray(at, end), NOW, end === text.length);
					found.push(...entries(fed.records).map(({ body }) => body));
					consumed = fed.consumed;
					at = end;
					if (random.below(5) === 0) {
						source = (await open(format, 256, consumed)).source;
						at = consumed;
					}
				}
				assert.deepEqual(found, wanted);
				assert.equal(consumed, text.length);
			}
		}
	},

	async 'whole lines wait for the rest of another over no silence, for 5 s, and in 256 KiB'() {
		const part = '2026-11-27T20:15:02Z stdout P INFO begun, ';
		const other = '2026-11-27T20:15:02Z stderr F WARN meanwhile';
		const rest = '2026-11-27T20:15:09Z stdout F and ended\n';
		const opened = async () => {
			const { source } = await open('cri');
			assert.deepEqual(feed(source, `${part}\n`), []);
			// Alone, a part waits over a silence.
			assert.deepEqual(source.feed(encoder.encode(`${other}\n`), NOW, false), {
				...{ records: new Uint8Array(), count: 0, consumed: 0 },
			});
			return source;
		};
		const ended = ['INFO begun,', 'WARN meanwhile'];

		const silent = await opened();
		assert.deepEqual(bodies(silent, ''), ended);
		assert.deepEqual(bodies(silent, rest), ['and ended']);
		assert.equal(silent.counts().cut, 1);

		const slow = await opened();
		assert.equal(slow.feed(new Uint8Array(), NOW + 4_999_999_999n, false).count, 0);
		const fed = slow.feed(new Uint8Array(), NOW + 5_000_000_000n, false);
		assert.deepEqual(
			entries(fed.records).map(({ body }) => body),
			ended,
		);
		assert.equal(fed.consumed, part.length + other.length + 2);

		const { source } = await open('cri');
		const lines = Array.from({ length: 4_000 }, (_, i) => `WARN ${i} ${'x'.repeat(100)}`);
		const text = [part, ...lines.map((line) => `2026-11-27T20:15:02Z stderr F ${line}`), rest];
		assert.deepEqual(bodies(source, text.join('\n')), ['INFO begun,', ...lines, 'and ended']);
		assert.equal(source.counts().cut, 1);
	},

	async 'a line without an end is whole 5 s after its newest part: the last one of a container has none'() {
		const docker = (log: string) =>
			`${JSON.stringify({ log, stream: 'stdout', time: '2026-11-27T20:15:01Z' })}\n`;
		const cri = (text: string) => `2026-11-27T20:15:02Z stdout P ${text}\n`;
		for (const [format, part] of [['docker', docker] as const, ['cri', cri] as const]) {
			const { source } = await open(format);
			const feedAt = (text: string, seconds: number) => {
				const fed = source.feed(encoder.encode(text), NOW + BigInt(Math.round(seconds * 1e9)), true);
				return { bodies: entries(fed.records).map(({ body }) => body), consumed: fed.consumed };
			};
			const text = part('bye, ') + part('bye');
			assert.deepEqual(feedAt(part('bye, '), 0), { bodies: [], consumed: 0 });
			assert.deepEqual(feedAt(part('bye'), 3), { bodies: [], consumed: 0 });
			assert.deepEqual(feedAt('', 7.999), { bodies: [], consumed: 0 });
			assert.deepEqual(feedAt('', 8), { bodies: ['bye, bye'], consumed: text.length });
			assert.deepEqual(feedAt('', 20), { bodies: [], consumed: text.length });
			assert.equal(source.counts().cut, 0);
		}
	},

	async 'a line in parts longer than a message is cut on a character, with lines of the other stream in it'() {
		const { source } = await open('cri');
		const text = Array.from(
			{ length: 200 },
			(_, i) =>
				`2026-11-27T20:15:02Z stdout P ${i === 0 ? 'é' : 'x'.repeat(1 + (i % 3))}${'é'.repeat(4_000)}\n2026-11-27T20:15:02Z stderr F WARN ${i}\n`,
		).join('');
		const found = feed(source, `${text}2026-11-27T20:15:02Z stdout F end\n`);
		assert.equal(found.length, 201);
		assert.ok(Buffer.byteLength(found[0]!.body) > 65_530 && Buffer.byteLength(found[0]!.body) <= 65_536);
		assert.ok(!found[0]!.body.includes('\ufffd') && !found[0]!.body.includes('end'));
		assert.deepEqual(
			found.slice(1).map(({ body }) => body),
			Array.from({ length: 200 }, (_, i) => `WARN ${i}`),
		);
		assert.equal(source.counts().cut, 1);
	},
};
