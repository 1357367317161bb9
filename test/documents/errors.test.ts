import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DELIVERY_ERRORS } from '../../app/delivery/errors.ts';
import { AGENT_ERRORS } from '../../app/node-agent/errors.ts';
import { SERVER_ERRORS } from '../../app/server/errors.ts';
import { CORE_ERRORS } from '../../core-as/facade/errors.ts';

const catalogues = {
	server: Object.keys(SERVER_ERRORS),
	'node agent': Object.keys(AGENT_ERRORS),
	delivery: Object.keys(DELIVERY_ERRORS),
	core: Object.keys(CORE_ERRORS),
};
const documented = [
	...readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8').matchAll(/^\| `(CXR_\w+)` \|/gm),
].map((match) => match[1]!);

test('docs/errors.md lists every code of every catalogue once, and no other', () => {
	expect(documented.toSorted()).toEqual(Object.values(catalogues).flat().toSorted());
});

test.each(Object.entries(catalogues))('codes of the %s are well-formed', (_name, codes) => {
	for (const code of codes) expect(code).toMatch(/^CXR_[A-Z]+(_[A-Z0-9]+)+$/);
});
