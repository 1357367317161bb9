/** Bound of any input: what the component can hold beside its output. */
export const MAX_INPUT = 128 * 1024 * 1024;

/** The generated code does not check types: other arrays would be read as bytes of something else. */
export function checkInput(input: Uint8Array): void {
	if (!(input instanceof Uint8Array)) throw new Error('BUG: the codec takes a Uint8Array');
	if (input.length > MAX_INPUT)
		throw new Error(`BUG: ${input.length} bytes for the codec, at most ${MAX_INPUT}`);
}
