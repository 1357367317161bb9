/** The present moment, once a second, for ages and spans on the page. Stands still while the page is hidden. */
class Now {
	ms = $state(Date.now());

	start(): () => void {
		const tick = () => {
			if (!document.hidden) this.ms = Date.now();
		};
		const timer = setInterval(tick, 1000);
		return () => clearInterval(timer);
	}
}

export const now = new Now();
