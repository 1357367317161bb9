import { ServerError } from '../errors.ts';
import type { EngineError } from './engine.ts';

const RETRY_AFTER_S = 5;
/** Limits of one question: rows (158), time (159, 160) and memory (241). */
const TOO_LARGE = new Set([158, 159, 160, 241]);

/** CXR_ENGINE_AWAY, CXR_ENGINE_FAILED, CXR_QUERY_TOO_LARGE or CXR_QUERY_CANCELLED; `place` is said before the engine's words. */
export function engineFailure(error: EngineError, place = ''): ServerError {
	const away = error.code === null || error.tableMissing;
	return new ServerError(away ? 'CXR_ENGINE_AWAY' : codeOf(error), `${place}${error.message}`, {
		cause: error,
		...(away ? { retryAfter: RETRY_AFTER_S } : {}),
	});
}

function codeOf(error: EngineError) {
	if (error.cancelled) return 'CXR_QUERY_CANCELLED';
	return TOO_LARGE.has(error.code!) ? 'CXR_QUERY_TOO_LARGE' : 'CXR_ENGINE_FAILED';
}
