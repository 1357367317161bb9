/** Error codes of the node agent; docs/errors.md lists them. */
export const AGENT_ERRORS = {
	CXR_AGENT_OPTION: { message: 'An option is missing or has a value that cannot be used.' },
	CXR_AGENT_CONTROL_RECORD: { message: 'A control record of the kernel breaks the layout.' },
	CXR_AGENT_LISTEN: { message: 'The metrics listener cannot be opened.' },
	CXR_AGENT_DATA_DIR: { message: 'The data directory cannot be written.' },
} as const;

export type AgentErrorCode = keyof typeof AGENT_ERRORS;

/** An error that a person can look up by its code. */
export class AgentError extends Error {
	override readonly name = 'AgentError';
	readonly code: AgentErrorCode;

	constructor(code: AgentErrorCode, detail: string, options?: ErrorOptions) {
		super(`${code}: ${AGENT_ERRORS[code].message} ${detail}`, options);
		this.code = code;
	}
}
