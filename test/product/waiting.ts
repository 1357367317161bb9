/** Polls `probe` until it returns something other than undefined; fails with `describe()` after `withinMs`. */
export async function until<T>(
	probe: () => T | undefined | Promise<T | undefined>,
	describe: () => string,
	withinMs = 30_000,
): Promise<T> {
	const end = Date.now() + withinMs;
	let last: unknown;
	while (Date.now() < end) {
		try {
			const found = await probe();
			if (found !== undefined) return found;
			last = undefined;
		} catch (error) {
			last = error;
		}
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
	throw new Error(`${describe()} (waited ${withinMs / 1000} s)${last ? `: ${(last as Error).message}` : ''}`);
}
