import type { Camera } from './camera.ts';

/** Movement in pixels below which a press is a click. */
const CLICK_SLACK = 4;

export interface PanEvents {
	moved(): void;
	hovered(x: number, y: number): void;
	clicked(x: number, y: number): void;
}

/** Drag to move, wheel and two fingers to zoom, press to choose. Returns the stop. */
export function panWithPointer(element: HTMLElement, camera: Camera, events: PanEvents): () => void {
	// As many entries as fingers are down.
	const down = new Map<number, { x: number; y: number }>();
	let dragged = false;
	let travelled = 0;

	const press = (event: PointerEvent) => {
		if (event.button !== 0) return;
		element.setPointerCapture(event.pointerId);
		down.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
		if (down.size === 1) {
			dragged = false;
			travelled = 0;
		}
	};
	const move = (event: PointerEvent) => {
		const before = down.get(event.pointerId);
		if (!before) {
			events.hovered(event.offsetX, event.offsetY);
			return;
		}
		const dx = event.offsetX - before.x;
		const dy = event.offsetY - before.y;
		travelled += Math.abs(dx) + Math.abs(dy);
		if (travelled > CLICK_SLACK || down.size > 1) dragged = true;
		if (!dragged) return;
		if (down.size === 2) {
			const other = [...down].find(([id]) => id !== event.pointerId)?.[1] ?? before;
			const was = Math.hypot(before.x - other.x, before.y - other.y) || 1;
			const is = Math.hypot(event.offsetX - other.x, event.offsetY - other.y) || 1;
			camera.zoom(is / was, (event.offsetX + other.x) / 2, (event.offsetY + other.y) / 2);
		} else {
			camera.x += dx;
			camera.y += dy;
		}
		before.x = event.offsetX;
		before.y = event.offsetY;
		events.moved();
	};
	const release = (event: PointerEvent) => {
		if (down.delete(event.pointerId) && !dragged && event.type === 'pointerup') {
			events.clicked(event.offsetX, event.offsetY);
		}
	};
	const leave = () => events.hovered(Number.NaN, Number.NaN);
	const wheel = (event: WheelEvent) => {
		event.preventDefault();
		camera.zoom(Math.exp(-event.deltaY * 0.0015), event.offsetX, event.offsetY);
		events.moved();
	};
	element.addEventListener('pointerdown', press);
	element.addEventListener('pointermove', move);
	element.addEventListener('pointerup', release);
	element.addEventListener('pointercancel', release);
	element.addEventListener('pointerleave', leave);
	element.addEventListener('wheel', wheel, { passive: false });
	return () => {
		element.removeEventListener('pointerdown', press);
		element.removeEventListener('pointermove', move);
		element.removeEventListener('pointerup', release);
		element.removeEventListener('pointercancel', release);
		element.removeEventListener('pointerleave', leave);
		element.removeEventListener('wheel', wheel);
	};
}
