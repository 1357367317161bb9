import { figure, percent, signed } from './figures.js';
import { FlameGraph } from './flame-graph.js';
import { fillFunctions } from './function-table.js';
import { Profiles } from './profiles.js';

const at = (id) => document.getElementById(id);
/** What is chosen. */
let [kind, order, words] = [0, 'own', ''];
let flame;
const names = { now: [], base: [] };

/** Undefined while the components are loaded. */
let profiles;
const opening = Profiles.open(new URL('./', import.meta.resolve('@codexray/core/components/codec.js'))).then(
	(opened) => {
		profiles = opened;
	},
	(error) => say(`The components cannot be loaded: ${error.message}`),
);
const graph = new FlameGraph(at('flame'), tell, (node) => {
	at('whole').hidden = node === 0;
});
const matches = (name) => words !== '' && name.toLowerCase().includes(words);

function say(sentence) {
	at('notice').textContent = sentence;
	at('notice').hidden = sentence === '';
}

async function open(side, files) {
	await opening;
	if (files.length === 0 || !profiles) return;
	try {
		await profiles.replace(side, files);
	} catch (error) {
		say(error.message);
		return;
	}
	say('');
	names[side] = files.map(({ name }) => name);
	kind = Math.min(kind, profiles.types.length - 1);
	const options = profiles.types.map(({ type, unit }, i) => new Option(`${type}, ${unit}`, i));
	at('type').replaceChildren(...options);
	at('type').value = kind;
	at('empty').hidden = true;
	at('main').hidden = false;
	for (const id of ['type', 'find', 'save']) at(id).disabled = false;
	show();
}

function show() {
	flame = profiles.flame(kind);
	const { type, unit } = profiles.types[kind];
	const [now, base] = [flame.totals[0], flame.baseTotals[0]];
	at('total').textContent = `${figure(now, unit)} ${type}`;
	const against = profiles.compares ? ` against ${figure(base, unit)} of ${names.base.join(', ')}` : '';
	at('files').textContent = names.now.join(', ') + against;
	const steps = ['down-3', 'down-2', 'down-1', 'same', 'up-1', 'up-2', 'up-3'];
	at('legend').innerHTML = profiles.compares
		? `less${steps.map((step) => `<i class="swatch" style="background: var(--${step})"></i>`).join('')}more, steps at 0.2, 1 and 5 points of all`
		: '';
	graph.show(flame, profiles.compares);
	showFunctions();
}

function showFunctions() {
	const { unit } = profiles.types[kind];
	const { compares } = profiles;
	if (!compares && order === 'change') sortBy('own');
	const top = profiles.top(kind, order === 'own' ? 'flat' : 'cumulative');
	fillFunctions(at('functions'), top, order, { unit, compares, matches });
	at('change-head').hidden = !compares;
	at('left-out').textContent = top.omitted > 0 ? `the ${top.names.length} heaviest, ${top.omitted} more` : '';
}

function sortBy(way) {
	order = way;
	for (const head of document.querySelectorAll('th[aria-sort]')) head.removeAttribute('aria-sort');
	at(`by-${way}`).parentElement.setAttribute('aria-sort', 'descending');
}

function tell(node, event) {
	at('tip').hidden = node === undefined;
	if (node === undefined) return;
	const { unit } = profiles.types[kind];
	const share = percent(flame.totals[0] > 0 ? flame.totals[node] / flame.totals[0] : 0);
	const lines = [
		node === 0 ? 'all' : flame.text[flame.names[node]],
		flame.text[flame.files[node]],
		`${figure(flame.totals[node], unit)}, ${share}; own ${figure(flame.selfs[node], unit)}`,
	];
	if (profiles.compares) {
		const change = flame.changes[node];
		const points = change === undefined ? '' : `, ${signed(change)}`;
		lines.push(`base ${figure(flame.baseTotals[node], unit)}${points}`);
	}
	at('tip').textContent = lines.filter((line) => line !== '').join('\n');
	const { width, height } = at('tip').getBoundingClientRect();
	at('tip').style.left = `${Math.max(8, Math.min(event.clientX + 12, innerWidth - width - 8))}px`;
	at('tip').style.top = `${Math.min(event.clientY + 16, innerHeight - height - 8)}px`;
}

async function save() {
	const link = document.createElement('a');
	link.href = URL.createObjectURL(await profiles.pprof(kind));
	link.download = profiles.compares ? 'comparison.pb.gz' : 'merged.pb.gz';
	link.click();
	setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

for (const side of ['now', 'base']) {
	at(side).addEventListener('change', ({ target }) => {
		open(side, [...target.files]);
		// So that the same file can be opened again.
		target.value = '';
	});
}
at('bar').addEventListener('submit', (event) => event.preventDefault());
at('type').addEventListener('change', ({ target }) => {
	kind = Number(target.value);
	show();
});
at('find').addEventListener('input', ({ target }) => {
	words = target.value.trim().toLowerCase();
	graph.find(matches);
	showFunctions();
});
at('save').addEventListener('click', save);
at('whole').addEventListener('click', () => graph.focus(0));
for (const way of ['own', 'total', 'change']) {
	at(`by-${way}`).addEventListener('click', () => {
		sortBy(way);
		showFunctions();
	});
}
addEventListener('dragover', (event) => {
	event.preventDefault();
	document.body.classList.add('dragging');
});
addEventListener('dragleave', () => document.body.classList.remove('dragging'));
addEventListener('drop', (event) => {
	event.preventDefault();
	document.body.classList.remove('dragging');
	const side = event.clientX > innerWidth / 2 ? 'base' : 'now';
	open(side, [...event.dataTransfer.files]);
});
