import type { FastifyRequest } from 'fastify';
import { parseDuration } from '../../promql/parser/duration.ts';
import { parseFloatText } from '../../promql/parser/number.ts';
import { ApiError, invalidParameter } from './api-error.ts';

/** What the texts of Prometheus's own least and greatest time are, and what they become here: ms. */
const LEAST_TIME = '-292273086-05-16T16:47:06Z';
const GREATEST_TIME = '292277025-08-18T07:12:54.999999999Z';
/** Times beyond are none that JavaScript knows. */
const MAX_TIME = 8.64e15;
const MAX_DURATION_MS = 2 ** 63 / 1e6;

/** Parameters of a request: of the form in its body first, then of the address, as Prometheus takes them. */
export class Parameters {
	readonly #body: URLSearchParams;
	readonly #query: URLSearchParams;

	constructor(request: FastifyRequest) {
		const { url, body } = request;
		const at = url.indexOf('?');
		this.#query = new URLSearchParams(at < 0 ? '' : url.slice(at + 1));
		this.#body = new URLSearchParams(typeof body === 'string' ? body : '');
	}

	/** The first one of that name; '' when there is none. */
	text(name: string): string {
		return this.#body.get(name) ?? this.#query.get(name) ?? '';
	}

	all(name: string): string[] {
		return [...this.#body.getAll(name), ...this.#query.getAll(name)];
	}

	/** A time in ms: seconds since the epoch, or RFC 3339. */
	time(name: string, otherwise: number | null = null): number {
		const text = this.text(name);
		if (text === '' && otherwise !== null) return otherwise;
		const time = parseTime(text);
		if (time === null) {
			// Prometheus says more of those that may be left out.
			const which = otherwise === null ? '' : `Invalid time value for '${name}': `;
			throw invalidParameter(name, `${which}cannot parse ${JSON.stringify(text)} to a valid timestamp`);
		}
		return time;
	}

	/** A duration in ms: seconds, or `1m30s`; undefined when it is not given. */
	duration(name: string): number | undefined {
		const text = this.text(name);
		return text === '' ? undefined : requireDuration(name, text);
	}

	requiredDuration(name: string): number {
		return requireDuration(name, this.text(name));
	}

	/** A whole number from 0 on, where 0 is no limit; also when it is not given. */
	limit(name = 'limit'): number {
		const text = this.text(name);
		if (text === '') return 0;
		if (!/^[+-]?[0-9]{1,18}$/.test(text)) {
			throw invalidParameter(name, `${JSON.stringify(text)} is no whole number`);
		}
		if (Number(text) < 0) throw invalidParameter(name, 'limit must be non-negative');
		return Number(text);
	}
}

function requireDuration(name: string, text: string): number {
	const seconds = parseFloatText(text);
	if (seconds !== undefined) {
		const ms = seconds * 1000;
		if (Number.isFinite(ms) && Math.abs(ms) <= MAX_DURATION_MS) return ms;
		throw invalidParameter(
			name,
			`cannot parse ${JSON.stringify(text)} to a valid duration. It overflows int64`,
		);
	}
	const parsed = text === '' ? 'empty' : parseDuration(text);
	if (typeof parsed === 'number') return parsed * 1000;
	throw invalidParameter(name, `cannot parse ${JSON.stringify(text)} to a valid duration`);
}

/** ms, or null. */
function parseTime(text: string): number | null {
	const seconds = parseFloatText(text);
	if (seconds !== undefined) {
		const ms = Math.round(seconds * 1000);
		return Math.abs(ms) <= MAX_TIME ? ms : null;
	}
	if (text === LEAST_TIME) return -MAX_TIME;
	if (text === GREATEST_TIME) return MAX_TIME;
	const date =
		/^\d{4}-\d\d-\d\d[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:[.,](\d+))?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/;
	if (!date.test(text)) return null;
	const ms = Date.parse(text.toUpperCase().replace(',', '.'));
	if (Number.isNaN(ms)) return null;
	// The 31st of February is no day, whatever the parser makes of it.
	const day = Number(text.slice(8, 10));
	return day <= new Date(Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5, 7)), 0)).getUTCDate()
		? ms
		: null;
}

/** Bodies other than forms hold no parameters that anybody would find. */
export function refuseOtherBodies(type: string): never {
	throw new ApiError(
		'bad_data',
		`the body is ${JSON.stringify(type)}; parameters stand in the address, or in a body of the type application/x-www-form-urlencoded`,
		415,
	);
}
