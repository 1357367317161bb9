'use strict';
// What visitors of the demo see: asks the API at API_URL, and logs what it was asked.
const { serve, ask } = require('./service.cjs');
const { log } = require('./log-file.cjs');

const api = process.env.API_URL;

serve(async (request, url) => {
	const started = performance.now();
	const [status, body] = await answer(request, url);
	const took = `${request.method} ${url.pathname} ${status} ${Math.round(performance.now() - started)}ms`;
	if (status >= 500) log('ERROR', `${took} (the API failed)`);
	else if (performance.now() - started > 200) log('WARN', `${took} (slow)`);
	else log('INFO', took);
	return [status, body];
});

async function answer(request, url) {
	if (url.pathname === '/') return [200, { shop: 'open' }];
	try {
		return await ask(`${api}${url.pathname}`, request.method);
	} catch (error) {
		log('ERROR', `the API does not answer: ${error.message}`);
		return [502, { error: 'the API does not answer' }];
	}
}
