/** Profiles as the API gives them. Times are ms since epoch. */

export interface ProfileServices {
	services: {
		service: string;
		application: string | null;
		types: { type: string; unit: string; aggregation: 'sum' | 'avg'; lastAt: number }[];
	}[];
}

export interface ProfileQuery {
	/** Application id: the services of its instances. Not together with `service`. */
	application?: string | null;
	service?: string | null;
	type: string;
	/** Container id. */
	instance?: string | null;
	/** The time to compare with. */
	baseFrom?: number | null;
	baseTo?: number | null;
	maxNodes?: number | null;
}

/** A flame graph as columns: nodes in pre-order, node 0 is the root; names and files are numbers of strings. */
export interface ProfileFlame {
	type: string;
	unit: string;
	from: number;
	to: number;
	total: number;
	baseTotal: number | null;
	samples: number;
	truncated: boolean;
	strings: string[];
	names: number[];
	files: number[];
	parents: number[];
	depths: number[];
	totals: number[];
	selfs: number[];
	baseTotals: number[] | null;
	baseSelfs: number[] | null;
	instances: { instance: string; total: number }[];
	times: number[];
	/** Value per step over the range. */
	series: (number | null)[];
	/** Code without names that takes a good part of the total: how much, and what gives it names. */
	unnamed: { share: number; runtime: string | null; hint: string } | null;
}
