import type { CoreModules } from '../../core-as/facade/component.ts';
import { createCodec } from '../../core-as/facade/index.ts';
import type { Measured } from '../rows.ts';
import { compare } from './clock.ts';
import { goYardstick } from './go-yardstick.ts';
import { decodePlain } from './plain-remote-write.ts';
import { decodeReflected, decodeStatic } from './protobuf-static.ts';
import { remoteWriteBody } from './remote-write-body.ts';

/** The other ways of the codec, without a rival: 2.0, and columns to bodies. */
export function timeOtherWays(modules: CoreModules, series: number): string {
	const codec = createCodec(modules);
	const body = remoteWriteBody(series);
	const columns = codec.decodeRemoteWrite(body);
	const second = codec.encodeRemoteWrite2(columns, body);
	const micros = compare([
		{ name: 'decode2', run: () => codec.decodeRemoteWrite2(second).faults.length },
		{ name: 'encode', run: () => codec.encodeRemoteWrite(columns, body).length },
		{ name: 'encode2', run: () => codec.encodeRemoteWrite2(columns, body).length },
	]);
	const us = (name: string) => `${micros[name]!.toFixed(0)} us`;
	return `remote write of ${series} series: encode ${us('encode')}; 2.0, ${second.length} B: decode ${us('decode2')}, encode ${us('encode2')}`;
}

/**
 * Remote write to columns beside both of protobufjs's decoders, of which the faster counts, plain JavaScript, and
 * Prometheus's own decoder.
 */
export function measureRemoteWrite(
	modules: CoreModules,
	series: number,
	bars: { protobuf: number; plain: number },
): { row: Measured; note: string } {
	const codec = createCodec(modules);
	const body = remoteWriteBody(series);
	const ours = codec.decodeRemoteWrite(body);
	const plain = decodePlain(body);
	const bytes = (array: Uint32Array | Float64Array | BigUint64Array) =>
		Buffer.from(array.buffer, array.byteOffset, array.byteLength);
	const same =
		bytes(ours.hashes).equals(bytes(plain.hashes)) &&
		bytes(ours.labelRefs).equals(bytes(plain.labelRefs)) &&
		bytes(ours.values).equals(bytes(plain.values)) &&
		bytes(ours.timestamps).equals(bytes(plain.timestamps));
	if (!same) throw new Error('BUG: the decoders differ');
	const micros = compare([
		// As the server takes it.
		{ name: 'ours', run: () => codec.decodeRemoteWrite(body, { lend: true }).faults.length },
		{ name: 'generated', run: () => decodeStatic(body).length },
		{ name: 'reflected', run: () => decodeReflected(body).timeseries.length },
		{ name: 'plain', run: () => decodePlain(body).faults.length },
	]);
	const go = goYardstick<{ micros: number }>('remotewrite', [body]);
	const protobuf = Math.min(micros.generated!, micros.reflected!);
	const us = (value: number) => `${value.toFixed(0)} us`;
	const overProtobuf = protobuf / micros.ours!;
	const overPlain = micros.plain! / micros.ours!;
	return {
		row: {
			ours: `${us(micros.ours!)} (${(body.length / micros.ours!).toFixed(0)} MB/s)`,
			rival: `protobufjs ${us(protobuf)}; plain JS ${us(micros.plain!)}; Prometheus ${go ? us(go.micros) : 'skipped'}`,
			ratio: `${overProtobuf.toFixed(2)}x; ${overPlain.toFixed(2)}x; ${go ? `${(go.micros / micros.ours!).toFixed(2)}x` : 'skipped'}`,
			ok:
				overProtobuf >= bars.protobuf &&
				overPlain >= bars.plain &&
				micros.plain! < protobuf &&
				(go === undefined || go.micros >= 3 * micros.ours!),
		},
		note: `remote write of ${body.length} B: protobufjs static ${us(micros.generated!)}, compiled by its reflection ${us(micros.reflected!)}`,
	};
}
