import { hrefOf, type ParamChanges, type Place, type Route, routeOf, searchWith } from './address.ts';
import { readRange } from './range.ts';

/** Where the page is. A tiny router over the history API: state in, address out. */
class Router {
	path = $state('/');
	search = $state('');
	params = $derived(new URLSearchParams(this.search));
	route: Route = $derived(routeOf(this.path));
	// A new object only when the range itself changes, so that typing in a search field fetches nothing.
	#rangeText = $derived(JSON.stringify(readRange(this.params)));
	range = $derived(JSON.parse(this.#rangeText) as ReturnType<typeof readRange>);

	/** Starts to follow the address, the back button and clicks on links of this origin. Returns the stop. */
	start(): () => void {
		this.#read();
		const back = () => this.#read();
		addEventListener('popstate', back);
		document.addEventListener('click', this.#click);
		return () => {
			removeEventListener('popstate', back);
			document.removeEventListener('click', this.#click);
		};
	}

	go(href: string, { replace = false } = {}): void {
		const before = this.path;
		if (replace) history.replaceState(null, '', href);
		else history.pushState(null, '', href);
		this.#read();
		if (this.path !== before) document.getElementById('main')?.focus({ preventScroll: true });
	}

	/** Changes parameters of this page. Choices make a history entry; typing and moving do not. */
	set(changes: ParamChanges, { replace = true } = {}): void {
		const next = searchWith(this.params, changes);
		if (next !== this.search) this.go(this.path + next, { replace });
	}

	/** Address of a page with the present time range. */
	href(route: Place, own: ParamChanges = {}): string {
		return hrefOf(route, this.params, own);
	}

	#read(): void {
		this.path = location.pathname;
		this.search = location.search;
	}

	#click = (event: MouseEvent): void => {
		if (event.defaultPrevented || event.button !== 0) return;
		if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
		const link = (event.target as Element | null)?.closest?.('a');
		if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
		if (link.getAttribute('href')?.startsWith('#')) return;
		event.preventDefault();
		this.go(link.pathname + link.search + link.hash);
	};
}

export const router = new Router();
