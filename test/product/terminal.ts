import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './waiting.ts';

/** A terminal with a shell in it: a tmux server of its own. */
export class Terminal {
	readonly #dir = mkdtempSync(join(tmpdir(), 'codexray-tmux-'));

	constructor(columns: number, rows: number) {
		const shell = ['env', 'PS1=$ ', 'HISTFILE=', 'bash', '--norc', '--noprofile'];
		this.#tmux('new-session', '-d', '-x', String(columns), '-y', String(rows), ...shell);
	}

	/** Types text, as it stands. */
	type(text: string): void {
		this.#tmux('send-keys', '-l', text);
	}

	/** Presses keys by tmux's names: `Enter`, `Escape`, `C-c`, `Down` ... */
	press(...keys: string[]): void {
		this.#tmux('send-keys', ...keys);
	}

	run(command: string): void {
		this.type(command);
		this.press('Enter');
	}

	resize(columns: number, rows: number): void {
		this.#tmux('resize-window', '-x', String(columns), '-y', String(rows));
	}

	/** Lines as they are seen, without blanks at their ends. */
	lines(): string[] {
		return this.#tmux('capture-pane', '-p').replace(/\n$/, '').split('\n');
	}

	/** Whether a program has the alternate screen, and whether there is a cursor. */
	modes(): { alternate: boolean; cursor: boolean } {
		const [alternate, cursor] = this.#tmux('display-message', '-p', '#{alternate_on} #{cursor_flag}')
			.trim()
			.split(' ');
		return { alternate: alternate === '1', cursor: cursor === '1' };
	}

	/** The program that the shell runs in the foreground; undefined while it runs none. */
	child(): number | undefined {
		const shell = this.#tmux('display-message', '-p', '#{pane_pid}').trim();
		const children = readFileSync(`/proc/${shell}/task/${shell}/children`, 'utf8').trim();
		return children === '' ? undefined : Number(children.split(' ')[0]);
	}

	/** The screen once `fits` finds what it looks for; fails with the screen. */
	see<T>(fits: (lines: string[]) => T | undefined | false): Promise<T> {
		return until(
			() => fits(this.lines()) || undefined,
			() => `not on the screen:\n${this.lines().join('\n')}`,
		);
	}

	close(): void {
		spawnSync('tmux', ['-S', join(this.#dir, 'socket'), 'kill-server']);
		rmSync(this.#dir, { recursive: true, force: true });
	}

	#tmux(...args: string[]): string {
		const words = ['-S', join(this.#dir, 'socket'), '-f', '/dev/null', ...args];
		return execFileSync('tmux', words, { encoding: 'utf8', env: { ...process.env, TMUX: '' } });
	}
}
