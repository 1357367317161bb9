import { expect, test } from 'vitest';
import { applicationType } from './application-type.ts';

test.each([
	['/usr/sbin/nginx\0-g\0daemon off;\0', undefined, 'nginx'],
	['nginx: worker process\0', undefined, 'nginx'],
	['postgres: checkpointer \0', undefined, 'postgres'],
	['/usr/lib/postgresql/15/bin/postgres\0-D\0/data\0', undefined, 'postgres'],
	['/usr/bin/java\0-cp\0x\0kafka.Kafka\0server.properties\0', undefined, 'kafka'],
	['/usr/bin/java\0-jar\0app.jar\0', undefined, 'java'],
	['/usr/lib/erlang/beam.smp\0-sname\0rabbit@x\0', undefined, 'rabbitmq'],
	['/usr/lib/erlang/beam.smp\0-x\0', undefined, undefined],
	['redis-server *:6379\0', undefined, 'redis'],
	['/victoria-metrics-prod\0', undefined, 'victoria-metrics'],
	['python3.11\0-m\0http.server\0', undefined, 'python'],
	['/usr/bin/node\0server.js\0', undefined, 'nodejs'],
	['php-fpm8.2\0', undefined, 'php'],
	['gunicorn: master [app]\0', '/usr/bin/python3.11', 'python'],
	['front-1234\0x.mjs\0', '/opt/node (deleted)', 'nodejs'],
	['/usr/bin/passwd\0', '/usr/bin/passwd', undefined],
	['', undefined, undefined],
])('%j', (cmdline, executable, type) => {
	expect(applicationType(cmdline, executable)).toBe(type);
});
