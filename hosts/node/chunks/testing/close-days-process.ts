// Writes days and closes them, again and again, until it is killed: `node close-days-process.ts FOLDER SERIES`.
// Says a line of JSON of each write that is acknowledged.

import { DuckdbChunkTable } from '../duckdb-chunk-table.ts';
import { keepRows, writeHours } from './chunk-days.ts';

const [folder, series] = [process.argv[2]!, Number(process.argv[3])];
const table = await DuckdbChunkTable.open(folder);
const { state, lost } = await table.load();
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
say({ opened: state.version, lost });
const hours = [0, 1, 30, 2, 31, 50];
for (let version = state.version + 1; ; version++) {
	// Three days, written and closed by turns, so that files are made and replaced.
	const hour = 480_000 + hours[version % hours.length]! + 3 * (Math.floor(version / hours.length) % 6);
	await writeHours(table, [hour], series, { from: version });
	say({ hour, version });
	for (const day of await table.openDays(0xffffffff)) {
		await table.closeDay(day, keepRows);
		say({ closed: day, version });
	}
}
