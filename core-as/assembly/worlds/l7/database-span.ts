import { Answer } from '../../parsers/requests/answers';
import { RequestHead } from '../../parsers/requests/request-head';
import { writeAddress } from './address-text';
import { Connection } from './connections';
import { POSTGRES } from './protocols';
import { numberAttribute, textAttribute, wordAttribute } from './span-attributes';
import { beginSpan, endSpan, SpanContext } from './span-frame';
import { Text } from './url-text';

const peer = changetype<Text>(memory.data(16, 8));
const peerArea: usize = memory.data(64, 8);

/** Writes the span of a query; returns its end. `clock`: ns from the records' time to the epoch. */
export function encodeDatabaseSpan(
	to: usize,
	context: SpanContext,
	connection: Connection,
	head: RequestHead,
	answer: Answer,
	clock: u64,
): usize {
	const isPostgres = connection.protocol === POSTGRES;
	const statement = head.line();
	const size = <usize>head.lineLength;
	const operation = <usize>head.methodLength;
	const failed = answer.status !== 0;
	peer.open(peerArea, 64);
	writeAddress(peer, changetype<usize>(connection) + offsetof<Connection>('remoteLow'));
	const port = <u32>connection.remotePort;
	let p = beginSpan(to, context, statement, operation, 'query', true, answer, clock);
	p = wordAttribute(p, 'db.system', isPostgres ? 'postgresql' : 'redis');
	p = wordAttribute(p, 'db.system.name', isPostgres ? 'postgresql' : 'redis');
	if (size !== 0) {
		p = textAttribute(p, 'db.statement', statement, size);
		p = textAttribute(p, 'db.query.text', statement, size);
	}
	if (operation !== 0) {
		p = textAttribute(p, 'db.operation', statement, operation);
		p = textAttribute(p, 'db.operation.name', statement, operation);
	}
	p = textAttribute(p, 'net.peer.name', peer.start, peer.size());
	p = numberAttribute(p, 'net.peer.port', port);
	p = textAttribute(p, 'server.address', peer.start, peer.size());
	p = numberAttribute(p, 'server.port', port);
	if (failed) {
		const code = <usize>head.hostLength;
		if (code !== 0) {
			p = textAttribute(p, 'db.response.status_code', head.host(), code);
			p = textAttribute(p, 'error.type', head.host(), code);
		} else p = wordAttribute(p, 'error.type', '_OTHER');
	}
	return endSpan(to, p, context, failed);
}
