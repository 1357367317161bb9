import { expect, test } from 'vitest';
import { takesGzip } from './api-reply.ts';

test.each([
	['gzip', true],
	['deflate, GZIP;q=0.5', true],
	['*', true],
	['br;q=1, *;q=0.1', true],
	['gzip;q=0', false],
	['gzip; q=0.000, *', false],
	['*;q=0', false],
	['identity', false],
	['xgzip', false],
	['', false],
	[undefined, false],
])('Accept-Encoding %s', (accepted, taken) => {
	expect(takesGzip(accepted)).toBe(taken);
});
