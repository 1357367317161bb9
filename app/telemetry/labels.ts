/** Names and values of one series, `__name__` included; no empty values. */
export type Labels = Readonly<Record<string, string>>;

/** Name of the label that holds a metric's name. */
export const METRIC_NAME = '__name__';

export type MatchOperator = '=' | '!=' | '=~' | '!~';

/** One condition on a label; an absent label has the value ''. Regular expressions match whole values. */
export interface Matcher {
	name: string;
	op: MatchOperator;
	value: string;
}
