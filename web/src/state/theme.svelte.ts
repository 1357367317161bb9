const KEY = 'codexray-theme';

/** Light or dark. Follows the system until a person chooses; `public/theme.js` sets the first value before the first paint. */
class Theme {
	name: 'light' | 'dark' = $state('light');

	start(): () => void {
		const system = matchMedia('(prefers-color-scheme: dark)');
		this.#apply(document.documentElement.dataset.theme === 'dark' ? 'dark' : 'light');
		const follow = () => {
			if (!this.#stored()) this.#apply(system.matches ? 'dark' : 'light');
		};
		system.addEventListener('change', follow);
		return () => system.removeEventListener('change', follow);
	}

	toggle(): void {
		this.#apply(this.name === 'dark' ? 'light' : 'dark');
		try {
			localStorage.setItem(KEY, this.name);
		} catch {
			// Storage is blocked: the choice lasts as long as the page.
		}
	}

	#stored(): string | null {
		try {
			return localStorage.getItem(KEY);
		} catch {
			return null;
		}
	}

	#apply(name: 'light' | 'dark'): void {
		document.documentElement.dataset.theme = name;
		this.name = name;
	}
}

export const theme = new Theme();
