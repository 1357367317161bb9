import type { Clock } from '../../clock.ts';
import { RECORDED_SIGNALS, type RecordedBody, type RecordedSignal } from './recorded-body.ts';
import type { RecordingFault, RecordingReader } from './recording-reader.ts';
import { shiftTimes } from './shift-times.ts';

/** What a recording has in it, as far as it can be read. */
export interface RecordingSummary {
	/** When the server began and accepted the last body, ms since the epoch. */
	startedAt: number;
	endedAt: number;
	bodies: Record<RecordedSignal, number>;
	/** Accepted bodies that the recording could not keep up with. */
	lost: number;
	fault: RecordingFault | null;
}

/** Reads all of it. Throws CXR_RECORDING_FOREIGN, CXR_RECORDING_VERSION. */
export async function summarise(reader: RecordingReader): Promise<RecordingSummary> {
	const { startedAt } = await reader.start();
	const bodies = Object.fromEntries(RECORDED_SIGNALS.map((signal) => [signal, 0])) as Record<
		RecordedSignal,
		number
	>;
	let endedAt = startedAt;
	for await (const { signal, acceptedAt } of reader.bodies()) {
		bodies[signal]++;
		endedAt = Math.max(endedAt, acceptedAt);
	}
	return { startedAt, endedAt, bodies, lost: reader.lost, fault: reader.fault };
}

/** What a server answered; null where all of the body was taken. */
export type PostBody = (body: RecordedBody, signal: AbortSignal) => Promise<string | null>;

export interface ReplayOptions {
	/** Not started yet. */
	reader: RecordingReader;
	/** Of the same recording. */
	summary: Pick<RecordingSummary, 'startedAt' | 'endedAt'>;
	/** 1 is the pace of the recording, 2 twice as fast, Infinity without pauses. */
	speed: number;
	/** Moves all times so that the recording ends when its replay does, or, at its own pace and slower, begins with it. */
	now: boolean;
	post: PostBody;
	clock: Clock;
	signal: AbortSignal;
}

export interface ReplayCounts {
	sent: number;
	/** Bodies that were not taken, or not all of them, by what the server said. */
	refused: Record<string, number>;
	/** How far the last body came after its time, ms. */
	lateMs: number;
}

/** Distinct answers that are counted; what comes beyond is counted together. */
const MAX_REASONS = 100;

/** Posts every body when its time has come, one after another. Ends early when `signal` aborts. */
export async function replay(o: ReplayOptions): Promise<ReplayCounts> {
	const { reader, clock, signal, speed } = o;
	const { startedAt, endedAt } = o.summary;
	const began = clock.now();
	const due = (at: number) => began + (at - startedAt) / speed;
	const latest = began + (endedAt - startedAt) / Math.max(1, speed);
	const shift = o.now ? latest - endedAt : 0;
	const counts: ReplayCounts = { sent: 0, refused: {}, lateMs: 0 };
	await reader.start();
	for await (const body of reader.bodies()) {
		const wait = due(body.acceptedAt) - clock.now();
		if (wait > 0) await clock.sleep(wait, signal);
		if (signal.aborted) break;
		counts.lateMs = speed === Infinity ? 0 : Math.max(0, clock.now() - due(body.acceptedAt));
		const answer = await o.post(shiftTimes(body, shift), signal);
		if (signal.aborted) break;
		counts.sent++;
		if (answer === null) continue;
		const known = Object.keys(counts.refused).length < MAX_REASONS || answer in counts.refused;
		const reason = known ? answer : 'other answers';
		counts.refused[reason] = (counts.refused[reason] ?? 0) + 1;
	}
	return counts;
}
