import type { LostData } from './chunk-table.ts';

/** Hours, rising, as ranges. */
export function lostRanges(hours: readonly number[], place: string, reason: string): LostData[] {
	const ranges: LostData[] = [];
	for (const hour of hours) {
		const last = ranges.at(-1);
		if (last && last.toHour === hour - 1) last.toHour = hour;
		else ranges.push({ fromHour: hour, toHour: hour, place, reason });
	}
	return ranges;
}
