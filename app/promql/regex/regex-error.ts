/** Why a text is no regular expression of RE2. */
export class RegexError extends Error {
	constructor(reason: string, part: string) {
		super(`error parsing regexp: ${reason}: \`${part}\``);
		this.name = 'RegexError';
	}
}
