'use strict';
// Visitors of the demo: some requests a second to FRONT_URL, most of them fine.
const { ask, ready } = require('./service.cjs');

const front = process.env.FRONT_URL;
const PER_SECOND = 12;
const pick = (count) => 1 + Math.floor(Math.random() * count);

function visit(turn) {
	if (turn % 40 === 0) return ask(`${front}/report`);
	if (turn % 17 === 0) return ask(`${front}/products/9999`);
	if (turn % 5 === 0) return ask(`${front}/orders/${pick(40)}`, 'POST');
	return turn % 7 === 0 ? ask(`${front}/`) : ask(`${front}/products/${pick(40)}`);
}

let turn = 0;
setInterval(() => visit(++turn).catch(() => {}), 1000 / PER_SECOND);
ready({});
