import { changeColour } from './colours.js';
import { figure, percent, signed } from './figures.js';

/** By what the table is sorted, the largest first. */
const WEIGHTS = {
	own: (top, i) => top.flats[i],
	total: (top, i) => top.cumulatives[i],
	change: (top, i) => Math.abs(top.changes[i] ?? 0),
};

/** Fills the table of functions: own value, share of the total, and with a base the change of that share. */
export function fillFunctions(body, top, order, { unit, compares, matches }) {
	const rows = Array.from(top.names, (_, i) => i);
	const weight = WEIGHTS[order];
	rows.sort((a, b) => weight(top, b) - weight(top, a));
	body.replaceChildren(
		...rows.map((i) => {
			const name = top.names[i];
			const row = document.createElement('tr');
			const function_ = top.text[name];
			row.classList.toggle('match', matches(function_));
			const file = document.createElement('span');
			file.className = 'quiet file-name';
			file.textContent = ` ${top.text[top.files[i]]}`;
			const cells = [
				[function_ || 'without a name', file],
				[figure(top.flats[i], unit)],
				[percent(top.total > 0 ? top.cumulatives[i] / top.total : 0)],
			];
			if (compares) cells.push(changeCell(top.changes[i]));
			row.append(...cells.map((content) => cell(content)));
			row.firstChild.title = `${function_} ${top.text[top.files[i]]}`;
			return row;
		}),
	);
}

function changeCell(change) {
	if (change === undefined) return ['—'];
	const swatch = document.createElement('i');
	swatch.className = 'swatch';
	swatch.style.background = `var(${changeColour(change)})`;
	return [swatch, signed(change)];
}

function cell(content) {
	const made = document.createElement('td');
	made.append(...content);
	return made;
}
