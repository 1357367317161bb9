import type { CodecComponent } from './codec.ts';
import { checkInput } from './codec-input.ts';

/** Statements of databases. */
export interface SqlCodec {
	/**
	 * SQL of any dialect without strings, numbers and comments; wit/codexray-core/sql.wit. Rather too much goes than too little:
	 * what cannot be told apart.
	 */
	redactSql(statement: string): string;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export function sqlCodec(component: CodecComponent): SqlCodec {
	return {
		redactSql(statement) {
			const input = encoder.encode(statement);
			checkInput(input);
			return decoder.decode(component.call((it) => it.sql.redact(input)));
		},
	};
}
