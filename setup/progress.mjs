// What a person sees while set-up works: one line a step, with its time; on a terminal the running step counts seconds.

const tty = process.stdout.isTTY === true;

/** Runs `work` as step `index` of `count`, printing its name, outcome and time. `work` returns a short note or nothing. */
export async function showStep(index, count, name, work) {
	const label = `[${index}/${count}] ${name}`;
	const started = Date.now();
	const seconds = () => `${((Date.now() - started) / 1000).toFixed(1)} s`;
	let timer;
	if (tty) {
		process.stdout.write(`${label} …`);
		timer = setInterval(() => process.stdout.write(`\r\x1b[K${label} … ${seconds()}`), 500);
	} else {
		console.log(`${label} …`);
	}
	const print = (text) => {
		clearInterval(timer);
		if (tty) process.stdout.write(`\r\x1b[K`);
		console.log(text);
	};
	try {
		const note = await work((line) => {
			if (tty) process.stdout.write(`\r\x1b[K`);
			console.log(`      ${line}`);
		});
		print(`${label}: ${note ?? 'done'}, ${seconds()}`);
	} catch (error) {
		print(`${label}: failed after ${seconds()}`);
		throw error;
	}
}
