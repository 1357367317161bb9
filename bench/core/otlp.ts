import type { CoreModules } from '../../core-as/facade/component.ts';
import { createCodec } from '../../core-as/facade/index.ts';
import type { Measured } from '../rows.ts';
import { ANY_TIME, measureRowRates } from '../signals/row-rates.ts';
import { nodeSpans } from '../signals/span-corpus.ts';

const SPANS = 20_000;

/** Spans of a real SDK from their bodies to RowBinary, beside protobufjs with an encoder in JavaScript. */
export async function measureOtlp(modules: CoreModules): Promise<Measured> {
	const codec = createCodec(modules);
	const { bodies } = await nodeSpans(SPANS, (body) => codec.decodeSpans(body, ANY_TIME).count);
	const { ours, plain, bytesPerRow } = measureRowRates(modules, 'traces', bodies);
	const thousands = (rate: number) => `${(rate / 1000).toFixed(0)} k spans/s`;
	return {
		ours: `${thousands(ours)} (${((ours * bytesPerRow) / 1e6).toFixed(0)} MB/s)`,
		rival: `protobufjs and JS encoder ${thousands(plain)}`,
		ratio: `${(ours / plain).toFixed(2)}x`,
		ok: ours >= 5 * plain && ours >= 150_000,
	};
}
