// Writes numbered lines to a file, each tenth an error, and rotates it twice by renaming: FILE LINES.
import { closeSync, openSync, renameSync, writeSync } from 'node:fs';

const [file, count] = process.argv.slice(2);
let fd = openSync(file, 'a');
let line = 0;
let rotated = 0;
const timer = setInterval(() => {
	for (let i = 0; i < 10 && line < Number(count); i++, line++) {
		const text =
			line % 10 === 3
				? `ERROR codexraytest line ${line} is refused for user 'u${line}'`
				: `INFO codexraytest line ${line} is fine`;
		writeSync(fd, `${text}\n`);
	}
	if (line >= (Number(count) / 3) * (rotated + 1) && rotated < 2) {
		rotated++;
		if (rotated === 2) renameSync(`${file}.1`, `${file}.2`);
		renameSync(file, `${file}.1`);
		const old = fd;
		fd = openSync(file, 'a');
		closeSync(old);
	}
	if (line >= Number(count)) clearInterval(timer);
}, 40);
// Stays: the file is held open until it is told.
process.stdin.on('end', () => process.exit(0)).resume();
