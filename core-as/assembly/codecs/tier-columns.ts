// The columns of the buckets of one series and day.

/** Last values, maxima, minima, sums, counts. */
export const TIER_COLUMNS: u32 = 5;
/** Buckets of a part of a row, as they are written: with two parts a day of 5 minutes. */
export const PART: u32 = 144;
export const MAX_PARTS: u32 = 2;
export const MAX_DAY_BUCKETS: u32 = PART * MAX_PARTS;
/** Bytes from one column to the next. */
export const COLUMN_STRIDE: usize = 2368; // 8 * MAX_DAY_BUCKETS + 64
