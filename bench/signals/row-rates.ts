import type { CoreModules } from '../../core-as/facade/component.ts';
import { createCodec, type OtlpRows } from '../../core-as/facade/index.ts';
import { compare, sumOf } from '../core/clock.ts';
import { plainLogRows, plainSpanRows } from '../core/plain-otlp-rows.ts';

/** What one turn of a candidate decodes; enough that no cache holds it all. */
const TURN_ROWS = 20_000;
/** Bounds of times that any real corpus keeps. */
export const ANY_TIME = { now: 0n, oldest: 0n, newest: 2n ** 63n - 1n };

/** As the server takes rows. */
const LENT = { lend: true };

export interface RowRates {
	/** Rows a second and core. */
	ours: number;
	plain: number;
	/** Of the turn's bodies, a row. */
	bytesPerRow: number;
}

/** Real OTLP bodies to RowBinary blocks: the component beside protobufjs with an encoder in JavaScript. */
export function measureRowRates(
	modules: CoreModules,
	signal: 'logs' | 'traces',
	corpus: readonly Uint8Array[],
): RowRates {
	const codec = createCodec(modules);
	const decode = (body: Uint8Array): OtlpRows =>
		signal === 'logs' ? codec.decodeLogs(body, ANY_TIME, LENT) : codec.decodeSpans(body, ANY_TIME, LENT);
	const plain = signal === 'logs' ? plainLogRows : plainSpanRows;
	const bodies: Uint8Array[] = [];
	let rows = 0;
	for (const body of corpus) {
		if (rows >= TURN_ROWS) break;
		const decoded = decode(body);
		const refused = decoded.badTimes + decoded.badIds + decoded.tooDeep;
		if (refused > 0 || !Buffer.from(decoded.block).equals(plain(body)))
			throw new Error(`BUG: the encoders of ${signal} differ in body ${bodies.length}`);
		bodies.push(body);
		rows += decoded.count;
	}
	const micros = compare([
		{ name: 'ours', run: () => sumOf(bodies, (body) => decode(body).count) },
		{ name: 'plain', run: () => sumOf(bodies, (body) => plain(body).length) },
	]);
	const rate = (name: string) => (rows / micros[name]!) * 1e6;
	return {
		ours: rate('ours'),
		plain: rate('plain'),
		bytesPerRow: bodies.reduce((sum, body) => sum + body.length, 0) / rows,
	};
}
