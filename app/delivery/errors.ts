/** Every error code of the delivery layer; the programs that use it list them in their own reference. */
export const DELIVERY_ERRORS = {
	CXR_SPOOL_FULL: 'The spool is full.',
	CXR_SPOOL_TOO_LARGE: 'The record is larger than the spool may become.',
	CXR_SPOOL_VERSION: 'The spool was written by a newer version of this program.',
	CXR_SPOOL_WRITE: 'The spool could not be written.',
	CXR_SPOOL_CLOSED: 'The spool is closed.',
} as const;

export type DeliveryErrorCode = keyof typeof DELIVERY_ERRORS;

export class DeliveryError extends Error {
	readonly code: DeliveryErrorCode;
	constructor(code: DeliveryErrorCode, detail: string, options?: ErrorOptions) {
		super(`${DELIVERY_ERRORS[code]} ${detail}`, options);
		this.name = 'DeliveryError';
		this.code = code;
	}
}

/** Nothing was stored; the caller should shed load or answer 503 with Retry-After. */
export class SpoolFullError extends DeliveryError {
	constructor(detail: string, options?: ErrorOptions) {
		super('CXR_SPOOL_FULL', detail, options);
		this.name = 'SpoolFullError';
	}
}
