/** 9999-12-31: later days have no date of four digits. */
const LAST_DATED_DAY = 2_932_896;
const DAY_MS = 86_400_000;

/** Name of the file of a day since the epoch: `2026-11-28.duckdb`, or `day-3000000.duckdb`. */
export function dayName(day: number): string {
	const name = day > LAST_DATED_DAY ? `day-${day}` : new Date(day * DAY_MS).toISOString().slice(0, 10);
	return `${name}.duckdb`;
}

/** The day of a file's name; undefined when it is not one. */
export function dayOfName(name: string): number | undefined {
	const [, date, number] = /^(?:(\d{4}-\d\d-\d\d)|day-(\d{7,9}))\.duckdb$/.exec(name) ?? [];
	const day = date ? Date.parse(`${date}T00:00:00Z`) / DAY_MS : Number(number ?? Number.NaN);
	return day >= 0 && dayName(day) === name ? day : undefined;
}
