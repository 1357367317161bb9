/** Which runtimes say here what containers are called, found out by asking each for one that there is not. */

import type { ContainerRuntime } from '../../../app/node-agent/containers/container-runtime.ts';
import { diagnoseRuntime, type RuntimeStatus } from '../../../app/node-agent/containers/runtime-diagnosis.ts';
import type { RuntimePlaces } from '../../../app/node-agent/containers/runtime-options.ts';
import { containerRuntimes } from '../runtimes/container-runtimes.ts';

/** As long as the agent waits for a name. */
const ANSWER_MS = 2_000;
const NO_CONTAINER = '0'.repeat(64);

/** Never rejects. @param elevate runs the program as root */
export function checkRuntimes(places: RuntimePlaces, elevate: string): Promise<RuntimeStatus[]> {
	return Promise.all(containerRuntimes(places).map((runtime) => check(runtime, elevate)));
}

async function check(runtime: ContainerRuntime, elevate: string): Promise<RuntimeStatus> {
	const answer = { runtime: runtime.name, place: runtime.place() };
	const over = AbortSignal.timeout(ANSWER_MS);
	try {
		await runtime.inspect(NO_CONTAINER, over);
		return diagnoseRuntime(answer, elevate);
	} catch (thrown) {
		const error = over.aborted ? new Error(`no answer within ${ANSWER_MS / 1000} s`) : (thrown as Error);
		return diagnoseRuntime({ ...answer, error }, elevate);
	}
}
