import { AGGREGATIONS, KEYWORDS, OPERATORS } from '../../app/promql/parser/token.ts';
import { RandomQuery } from './promql-queries.ts';
import type { Random } from './random.ts';

const PIECES = [
	...OPERATORS,
	...KEYWORDS,
	...AGGREGATIONS,
	...[
		'(',
		')',
		'{',
		'}',
		'[',
		']',
		',',
		':',
		'=',
		'=~',
		'!~',
		'@',
		'"',
		"'",
		'`',
		'\\',
		'#',
		'\n',
		' ',
		'.',
		'_',
		'-5m',
	],
	...[
		'5m',
		'1h30m',
		'1.5',
		'0x1F',
		'08',
		'017',
		'1_000',
		'1e',
		'1e5',
		'.5',
		'5.',
		'Inf',
		'nan',
		'1m1h',
		'100y',
		'3ms',
	],
	...[
		'"a"',
		"'b'",
		'`c`',
		'"\\n"',
		'"\\x41"',
		'"\\u00e9"',
		'"\\777"',
		'{"a b"="c"}',
		'{job=~"a|b"}',
		'rate(',
		'foo()',
	],
	...[
		'[5m]',
		'[5m:]',
		'[5m:1m]',
		' offset 5m',
		' @ 1',
		' @ start()',
		' @ end()',
		'step()',
		'range()',
		'max_of(1m,2m)',
	],
	...[
		'ü',
		'𝄞',
		'\u0000',
		'\ufffd',
		'$',
		';',
		'~',
		'!',
		'foo:bar',
		':',
		'fill(0)',
		'group_left()',
		'on()',
		'by()',
	],
];

const SEEDS = [
	'sum by (a, "b c") (rate(x_total{job=~"a.+", code!="5"}[5m] offset -1m)) / on (a) group_left (z) y',
	'foo[1h:5m] @ 1609746000.5 offset (5m + step())',
	'x[max_of(5m, step() * 2)] anchored',
	'-a ^ -b ^ 2 * +3 % 4 atan2 5',
	'histogram_quantile(0.9, sum without (i) (increase(b[1m30s]))) >= bool 0.5 # comment\nor vector(1)',
	'topk(3, a) unless ignoring (x) b and c',
	'label_replace(up, "a", "$1", "b", "(.*)") offset 1d',
	'a + fill (1) b - on (x) fill_left (-2) fill_right (3e7) c',
	'{__name__="a", "le"="1", `q`}',
	'count_values("v", metric_with:colon{le="\\"\\\\"})',
	'sum',
	'start',
	'end()',
	'min_of',
	'offset',
	'smoothed offset smoothed',
];

/** An expression that may be right, or nearly so. */
export function mutatedExpression(random: Random): string {
	const seed = random.chance(0.5) ? random.pick(SEEDS) : new RandomQuery(random).any(true);
	let text = [...seed];
	for (let n = random.below(4); n > 0; n--) {
		const at = random.below(text.length + 1);
		const end = at + random.below(4);
		const piece = [...random.pick(PIECES)];
		switch (random.below(5)) {
			case 0:
				text = [...text.slice(0, at), ...piece, ...text.slice(at)];
				break;
			case 1:
				text = [...text.slice(0, at), ...text.slice(end)];
				break;
			case 2:
				text = [...text.slice(0, at), ...piece, ...text.slice(end)];
				break;
			case 3:
				text = [...text.slice(0, at), ' ', ...piece, ' ', ...text.slice(at)];
				break;
			default:
				text = text.slice(0, at + 1);
		}
	}
	return text.join('');
}
