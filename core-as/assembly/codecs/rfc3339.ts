const NS_PER_SECOND: u64 = 1_000_000_000;

function digits(p: usize, count: usize): i32 {
	let value: i32 = 0;
	for (let i: usize = 0; i < count; i++) {
		const digit = <u32>load<u8>(p + i) - 0x30;
		if (digit > 9) return -1;
		value = value * 10 + <i32>digit;
	}
	return value;
}

/** Days from 1970-01-01 of the Gregorian calendar. */
function daysTo(year: i32, month: i32, day: i32): i64 {
	const y = month <= 2 ? year - 1 : year;
	const era = y / 400;
	const yearOfEra = y - era * 400;
	const dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	const dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear;
	return <i64>era * 146097 + <i64>dayOfEra - 719468;
}

/** `2026-11-27T20:15:01.123456789Z` or with `+02:00` as ns since the epoch; 0 for anything else. RFC 3339. */
export function parseTime(p: usize, end: usize): u64 {
	if (end - p < 20 || load<u8>(p, 4) !== 0x2d || load<u8>(p, 7) !== 0x2d || load<u8>(p, 10) !== 0x54)
		return 0;
	const year = digits(p, 4);
	const month = digits(p + 5, 2);
	const day = digits(p + 8, 2);
	const hour = digits(p + 11, 2);
	const minute = digits(p + 14, 2);
	const second = digits(p + 17, 2);
	if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31 || hour < 0 || minute < 0 || second < 0)
		return 0;
	p += 19;
	let nanos: u64 = 0;
	if (load<u8>(p) === 0x2e) {
		let unit: u64 = NS_PER_SECOND / 10;
		for (p++; p < end; p++) {
			const digit = <u32>load<u8>(p) - 0x30;
			if (digit > 9) break;
			nanos += <u64>digit * unit;
			unit /= 10;
		}
	}
	let offset: i32 = 0;
	if (end - p === 6 && load<u8>(p, 3) === 0x3a) {
		offset = digits(p + 1, 2) * 60 + digits(p + 4, 2);
		if (load<u8>(p) === 0x2d) offset = -offset;
	} else if (end - p !== 1 || load<u8>(p) !== 0x5a) return 0;
	const minutes = daysTo(year, month, day) * 1440 + <i64>(hour * 60 + minute - offset);
	if (minutes < 0) return 0;
	return (<u64>minutes * 60 + <u64>second) * NS_PER_SECOND + nanos;
}
