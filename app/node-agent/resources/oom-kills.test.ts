import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OomKills } from './oom-kills.ts';

test('what the counter says is not counted again when the victim ends', () => {
	const kills = new OomKills();
	kills.onCounter(1, 0);
	kills.onVictim();
	expect(kills.total).toBe(1);
	kills.onCounter(1, 1);
	expect(kills.total).toBe(1);
	// The counter rose, its victim ends later.
	kills.onCounter(1, 2);
	kills.onVictim();
	kills.onCounter(1, 2);
	expect(kills.total).toBe(2);
});

test('a cgroup that goes with its victim is counted, and so are those after it', () => {
	const kills = new OomKills();
	kills.onCounter(1, 0);
	kills.onVictim();
	kills.onCounter(2, 0);
	expect(kills.total).toBe(1);
	kills.onVictim();
	kills.onVictim();
	expect(kills.total).toBe(3);
	kills.onCounter(3, 0);
	expect(kills.total).toBe(3);
});

test('what was before the agent is counted', () => {
	const kills = new OomKills();
	kills.onCounter(1, 5);
	kills.onVictim();
	expect(kills.total).toBe(6);
});

test('a victim that was ending anyway is none', () => {
	const kills = new OomKills();
	kills.onCounter(1, 1);
	kills.onVictim();
	kills.onCounter(1, 1);
	kills.onVictim();
	kills.onCounter(1, 2);
	expect(kills.total).toBe(2);
});

/**
 * A container that is killed, started again and looked at, at any time: `read` means a take, `kill` a kill whose victim
 * ends at once, `restart` another cgroup.
 */
test('whatever happens when, the number never falls and every kill counts once', () => {
	const steps = fc.array(fc.constantFrom('read', 'kill', 'restart'), { maxLength: 40 });
	fc.assert(
		fc.property(steps, (all) => {
			const kills = new OomKills();
			let [cgroup, counter, happened, shown] = [1, 0, 0, 0];
			const read = () => {
				kills.onCounter(cgroup, counter);
				expect(kills.total).toBe(happened);
			};
			for (const step of all) {
				if (step === 'read') read();
				else if (step === 'kill') {
					counter++;
					happened++;
					kills.onVictim();
				} else {
					cgroup++;
					counter = 0;
				}
				expect(kills.total).toBeGreaterThanOrEqual(shown);
				shown = kills.total;
			}
			read();
		}),
	);
});
