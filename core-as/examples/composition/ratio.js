import { compress } from 'codexray:core/snappy@0.1.0';

export function ratio(text) {
	const bytes = new TextEncoder().encode(text);
	return bytes.length / compress(bytes).length;
}
