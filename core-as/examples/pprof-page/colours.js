/** The value of a colour token where `element` stands: light or dark, as the system has it. */
export function colour(element, token) {
	const written = getComputedStyle(element).getPropertyValue(token);
	const pair = /^light-dark\(([^,]+),([^)]+)\)$/.exec(written.trim());
	if (!pair) return written;
	return (matchMedia('(prefers-color-scheme: dark)').matches ? pair[2] : pair[1]).trim();
}

/** The token of a change of share: steps at 0.2, 1 and 5 points. */
export function changeColour(change) {
	const size = Math.abs(change ?? 0);
	if (size < 0.002) return '--same';
	return `--${change > 0 ? 'up' : 'down'}-${size < 0.01 ? 1 : size < 0.05 ? 2 : 3}`;
}
