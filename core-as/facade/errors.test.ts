import { expect, test } from 'vitest';
import { CORE_ERRORS, CoreError, hexAt } from './errors.ts';

test('the catalogue is counted', () => {
	expect(Object.keys(CORE_ERRORS)).toHaveLength(44);
	for (const code of Object.keys(CORE_ERRORS)) expect(code).toMatch(/^CXR_CORE_[A-Z_]+$/);
});

test('an error says where and what', () => {
	const error = new CoreError('CXR_CORE_REMOTE_WRITE_CUT', {
		offset: 7,
		hex: hexAt(new Uint8Array([1, 255]), 0),
	});
	expect(error.message).toBe('the remote-write body is cut at byte 7 (01 ff)');
	expect([error.code, error.offset, error.name]).toEqual(['CXR_CORE_REMOTE_WRITE_CUT', 7, 'CoreError']);
});
