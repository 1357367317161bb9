// A receiver of telemetry that answers everything and keeps nothing. Sends its port to who started it.
import { createServer } from 'node:http';

const server = createServer((request, response) => {
	request.resume().on('end', () => response.writeHead(200).end());
});
server.listen(0, '127.0.0.1', () => process.send(server.address().port));
process.once('disconnect', () => process.exit());
