'use strict';
// Parsed by every Node since 14, so that an old one can say which is needed before it meets what it cannot read.

const { engines } = require('../../../package.json');

/** Loads a program of ours, or says why this Node cannot. */
module.exports = function start(load) {
	const needed = Number(/\d+/.exec(engines.node)[0]);
	if (Number(process.versions.node.split('.')[0]) < needed) {
		process.stderr.write(
			`Codexray needs Node ${needed} or newer, and this is ${process.version} (${process.execPath}).\n` +
				'Get it from https://nodejs.org/en/download, or install it beside Codexray:\n\n' +
				`  npm install node@${needed}\n` +
				'  npx codexray up\n',
		);
		process.exitCode = 1;
		return;
	}
	load().catch((error) => {
		console.error(error);
		process.exitCode = 1;
	});
};
