import { expect, test } from 'vitest';
import { kindOf } from './kind.ts';

test.each([
	[['postgres'], 'database'],
	[['nodejs', 'redis'], 'database'],
	[['kafka', 'java'], 'queue'],
	[['nginx'], undefined],
	[[], undefined],
])('%j is a %s', (types, word) => {
	expect(kindOf({ types })?.word).toBe(word);
});
