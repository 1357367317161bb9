/** The terminal of this process, which is taken for a while, and given back as it was, however the program ends. */

import { writeSync } from 'node:fs';
import { emitKeypressEvents, type Interface, type Key } from 'node:readline';

/** Alternate screen, no cursor. */
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[2J';
const LEAVE = '\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
const CLEAR = '\x1b[2J';

/** How long the rest of a key may take after its first byte, which is that of the escape key. */
const ESCAPE_MS = 50;

export interface FullScreenEvents {
	/** A character, or a name of node:readline: `up`, `return`, `escape`, `space`, `backspace` ... */
	onKey(key: string): void;
	/** Ctrl-C, or a signal that ends the program. */
	onStop(): void;
	/** The size changed, or the terminal is back after Ctrl-Z. */
	onRedraw(): void;
}

const STOPS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

export class FullScreen {
	readonly #input = process.stdin;
	readonly #output = process.stdout;
	readonly #events: FullScreenEvents;
	#taken = false;

	constructor(events: FullScreenEvents) {
		this.#events = events;
	}

	get size(): { columns: number; rows: number } {
		return { columns: this.#output.columns, rows: this.#output.rows };
	}

	/** Takes the terminal. */
	open(): void {
		emitKeypressEvents(this.#input, { escapeCodeTimeout: ESCAPE_MS } as unknown as Interface);
		this.#input.on('keypress', this.#onKeypress);
		this.#output.on('resize', this.#redraw);
		for (const signal of STOPS) process.on(signal, this.#events.onStop);
		process.on('SIGCONT', this.#resume);
		// Whatever ends the process, and before a crash is told: the words must not go to the screen that is left.
		process.on('uncaughtExceptionMonitor', this.#leave);
		process.on('exit', this.#leave);
		this.#enter();
	}

	/** Draws over the whole screen. */
	draw(text: string): void {
		if (this.#taken) this.#output.write(HOME + text);
	}

	/** Gives the terminal back. */
	close(): void {
		this.#leave();
		this.#input.off('keypress', this.#onKeypress);
		this.#output.off('resize', this.#redraw);
		for (const signal of STOPS) process.off(signal, this.#events.onStop);
		process.off('SIGCONT', this.#resume);
		process.off('uncaughtExceptionMonitor', this.#leave);
		process.off('exit', this.#leave);
	}

	#enter(): void {
		if (this.#taken) return;
		this.#taken = true;
		this.#input.setRawMode(true);
		this.#input.resume();
		this.#output.write(ENTER);
	}

	readonly #leave = (): void => {
		if (!this.#taken) return;
		this.#taken = false;
		try {
			this.#input.setRawMode(false);
			this.#input.pause();
			// At the end of the process nothing else is sure to be written.
			writeSync(this.#output.fd, LEAVE);
		} catch {
			// The terminal is gone.
		}
	};

	readonly #redraw = (): void => {
		if (this.#taken) this.#output.write(CLEAR);
		this.#events.onRedraw();
	};

	readonly #resume = (): void => {
		this.#enter();
		this.#events.onRedraw();
	};

	readonly #onKeypress = (text: string | undefined, key: Key): void => {
		if (key.ctrl) {
			if (key.name === 'c') this.#events.onStop();
			else if (key.name === 'z') {
				this.#leave();
				process.kill(process.pid, 'SIGSTOP');
			}
			return;
		}
		const { meta, sequence = '' } = key;
		// Two bytes of one read: the escape key and another, since no key here is used with Alt.
		if (meta && sequence.length === 2 && sequence.startsWith('\x1b')) {
			this.#events.onKey('escape');
			this.#events.onKey(keyName(sequence[1], key));
		} else this.#events.onKey(keyName(text, key));
	};
}

function keyName(text: string | undefined, key: Key): string {
	if (text === ' ') return 'space';
	if (text !== undefined && [...text].length === 1 && text >= '!' && text !== '\x7f') return text;
	return key.name === 'enter' ? 'return' : (key.name ?? '');
}
