import protobuf from 'protobufjs';
import type { LineLog } from './line-log.ts';

// Lines as the node agent exports them: resource of the container and node, the whole line as body, the time it was read.

const BATCH = 512;

type Writer = protobuf.Writer;

/** OTLP bodies of 512 lines each; sources take turns, as they do on a node. */
export function exportLogs(logs: readonly LineLog[]): Uint8Array[] {
	const bodies: Uint8Array[] = [];
	const longest = Math.max(...logs.map(({ ends }) => ends.length));
	for (let first = 0; first < longest; first += BATCH)
		for (const log of logs)
			if (first < log.ends.length)
				bodies.push(exportLines(log, first, Math.min(first + BATCH, log.ends.length)));
	return bodies;
}

function exportLines(log: LineLog, first: number, end: number): Uint8Array {
	const writer = protobuf.Writer.create();
	writer.uint32(0x0a).fork();
	writer.uint32(0x0a).fork();
	attribute(writer, 0x0a, 'service.name', log.service);
	attribute(writer, 0x0a, 'container.id', log.service);
	attribute(writer, 0x0a, 'host.name', 'node-1');
	attribute(writer, 0x0a, 'host.id', '5f1c2f6a0d4f4b0f8f2d8c0a3f1b7e21');
	writer.ldelim();
	writer.uint32(0x12).fork();
	for (let line = first; line < end; line++) {
		const start = line === 0 ? 0 : log.ends[line - 1]!;
		const bytes = log.bytes.subarray(start, log.ends[line]!);
		const severity = severityOf(bytes);
		writer.uint32(0x12).fork();
		if (severity) writer.uint32(0x10).int32(severity.number).uint32(0x1a).string(severity.text);
		writer.uint32(0x2a).fork().uint32(0x0a).bytes(bytes).ldelim();
		attribute(writer, 0x32, 'pattern.hash', '');
		const time = BigInt.asUintN(64, log.times[line]!);
		writer
			.uint32(0x59)
			.fixed32(Number(time & 0xffff_ffffn))
			.fixed32(Number(time >> 32n));
		writer.ldelim();
	}
	writer.ldelim();
	writer.ldelim();
	return writer.finish();
}

function attribute(writer: Writer, tag: number, key: string, value: string): void {
	writer.uint32(tag).fork();
	writer.uint32(0x0a).string(key).uint32(0x12).fork().uint32(0x0a).string(value).ldelim();
	writer.ldelim();
}

/** Words that Postgres writes behind its prefix; the other sources say nothing of severity. */
const LEVELS = [
	{ word: Buffer.from(' ERROR:  '), number: 17, text: 'error' },
	{ word: Buffer.from(' WARNING:  '), number: 13, text: 'warning' },
	{ word: Buffer.from(' LOG:  '), number: 9, text: 'info' },
];

function severityOf(line: Uint8Array): { number: number; text: string } | undefined {
	const head = Buffer.from(line.buffer, line.byteOffset, Math.min(line.length, 120));
	return LEVELS.find(({ word }) => head.includes(word));
}
