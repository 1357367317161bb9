// Runs before the first paint, so that a dark page never flashes white. A file of its own because inline scripts are forbidden.
(() => {
	let chosen = null;
	try {
		chosen = localStorage.getItem('codexray-theme');
	} catch {
		// Storage is blocked: follow the system.
	}
	const dark = chosen ? chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
	document.documentElement.dataset.theme = dark ? 'dark' : 'light';
})();
