import { type CrashPoint, type Faults, noFaults } from '../../app/server/faults.ts';

/**
 * For tests only: with CODEXRAY_TEST_CRASH=POINT[:N] in the environment the process kills itself the Nth time
 * (default: the first) that it reaches the point, as kill -9 would. Points: see CrashPoint.
 */
export function crashPoints(setting: string | undefined): Faults {
	if (!setting) return noFaults;
	const [point, nth = '1'] = setting.split(':');
	let left = Number(nth);
	return {
		reach(reached: CrashPoint) {
			if (reached !== point || --left > 0) return;
			try {
				process.kill(process.pid, 'SIGKILL');
			} catch {
				// Deno asks for --allow-run, which the server does without: an exit that runs nothing is near enough.
				process.exit(137);
			}
		},
	};
}
