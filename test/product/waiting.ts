/**
 * Polls `probe` until it returns something other than undefined; fails with `describe()` after `withinMs`. The last look is
 * after that time: what came while nobody could look counts.
 */
export async function until<T>(
	probe: () => T | undefined | Promise<T | undefined>,
	describe: () => string,
	withinMs = 60_000,
): Promise<T> {
	const end = Date.now() + withinMs;
	for (;;) {
		const isLast = Date.now() >= end;
		let last: unknown;
		try {
			const found = await probe();
			if (found !== undefined) return found;
		} catch (error) {
			last = error;
		}
		if (isLast)
			throw new Error(
				`${describe()} (waited ${withinMs / 1000} s)${last ? `: ${(last as Error).message}` : ''}`,
			);
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
}
