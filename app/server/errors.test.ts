import { expect, it } from 'vitest';
import { SERVER_ERRORS, ServerError } from './errors.ts';

it('the catalogue is counted, so that docs/errors.md is not forgotten', () => {
	expect(Object.keys(SERVER_ERRORS)).toHaveLength(47);
	for (const [code, { message, status }] of Object.entries(SERVER_ERRORS)) {
		expect(code).toMatch(/^CXR_[A-Z]+(_[A-Z]+)+$/);
		expect(message).toMatch(/\.$/);
		expect(status).toBeGreaterThanOrEqual(400);
	}
	const error = new ServerError('CXR_AUTH_THROTTLED', 'Detail.', { retryAfter: 3 });
	expect(error).toMatchObject({ status: 429, retryAfter: 3, message: expect.stringContaining('Detail.') });
});
