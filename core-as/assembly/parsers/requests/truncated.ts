/** Messages whose start, or whose counterpart, was missed, since the caller last set it to 0. */
export let truncated: u32 = 0;

export function resetTruncated(): void {
	truncated = 0;
}

/** Messages came into sight, or went out of it, whose counterpart was not seen. */
export function missed(count: u32 = 1): void {
	truncated += count;
}
