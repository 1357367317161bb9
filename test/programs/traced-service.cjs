'use strict';
// A service with the OpenTelemetry SDK for Node: notes what it is asked for, asks the next service if there is one, prints its
// port. Words: NEXT_URL_OR_-; everything else comes from the SDK's own environment variables.

const { NodeSDK } = require('@opentelemetry/sdk-node');
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
const { logs } = require('@opentelemetry/api');

new NodeSDK({ instrumentations: [new HttpInstrumentation()] }).start();

const http = require('node:http');
const [next] = process.argv.slice(2);
const logger = logs.getLogger('service');

const ask = (url) =>
	new Promise((resolve, reject) => {
		http
			.get(url, (response) => response.resume().on('end', () => resolve(response.statusCode)))
			.on('error', reject);
	});

const server = http.createServer(async (request, response) => {
	logger.emit({ severityNumber: 9, body: `asked for ${request.url}` });
	response.statusCode = next === '-' ? 200 : await ask(next + request.url);
	response.end('done\n');
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
