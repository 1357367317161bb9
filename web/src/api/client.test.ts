import { expect, test } from 'vitest';
import { questionText } from './client.ts';

test('a question holds what was chosen and nothing else', () => {
	const filters = {
		text: 'a b&c',
		severity: null,
		service: '',
		root: false,
		limit: 0,
		attribute: ['k=v=w', 'x=y'],
	};
	expect(questionText({ from: 1.4, to: 2.6 }, filters)).toBe(
		'from=1&to=3&text=a+b%26c&limit=0&attribute=k%3Dv%3Dw&attribute=x%3Dy',
	);
});
