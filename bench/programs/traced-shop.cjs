'use strict';
// A service with the OpenTelemetry SDK for Node: answers, after asking the next service if there is one.
// Words: PORT NEXT_URL_OR_-; endpoint and service name come from the SDK's own environment variables.

const { NodeSDK } = require('@opentelemetry/sdk-node');
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');

const sdk = new NodeSDK({ instrumentations: [new HttpInstrumentation()] });
sdk.start();

const http = require('node:http');
const [port, next] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true, maxSockets: 50 });

function ask(path) {
	return new Promise((resolve, reject) => {
		http
			.get(next + path, { agent }, (response) =>
				response.resume().on('end', () => resolve(response.statusCode)),
			)
			.on('error', reject);
	});
}

http
	.createServer(async (request, response) => {
		response.statusCode = next === '-' ? (request.method === 'DELETE' ? 500 : 200) : await ask(request.url);
		response.end('done\n');
	})
	.listen(Number(port), '127.0.0.1');

process.on('SIGTERM', () => sdk.shutdown().finally(() => process.exit(0)));
