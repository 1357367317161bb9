/** `series-fault` of wit/ plus one; 0 is a valid series. */
export const VALID: u8 = 0;
export const NO_NAME: u8 = 1;
export const BAD_NAME: u8 = 2;
export const DUPLICATE_LABEL: u8 = 3;
export const EMPTY_LABEL_NAME: u8 = 4;
export const BAD_UTF8: u8 = 5;
export const BAD_TIMESTAMP: u8 = 6;
export const NO_SAMPLES: u8 = 7;
export const UNSORTED_LABELS: u8 = 8;
export const EMPTY_LABEL_VALUE: u8 = 9;
export const BAD_REF: u8 = 10;
export const BOTH_KINDS: u8 = 11;
export const BAD_SCHEMA: u8 = 12;
export const BAD_SPANS: u8 = 13;
export const BAD_COUNT: u8 = 14;
export const BAD_TOTAL: u8 = 15;
export const BAD_BOUNDS: u8 = 16;

/** A later fault does not hide an earlier one. */
export function worse(known: u8, found: u8): u8 {
	return known === VALID ? found : known;
}
