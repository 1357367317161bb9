import type { Instance } from './world.ts';

interface Listen {
	instance: Instance;
	proxied: boolean;
	open: boolean;
	at: number;
}

/** Which instance answers at an address; loopback addresses are told apart by node. */
export class Listens {
	readonly #byAddress = new Map<string, Listen[]>();

	/** `address` is ip:port; `open` is false for one that closed a while ago. */
	add(address: string, instance: Instance, proxied: boolean, open: boolean, at: number): void {
		const key = keyOf(address, instance.node.key);
		const list = this.#byAddress.get(key);
		const listen = { instance, proxied, open, at };
		if (list) list.push(listen);
		else this.#byAddress.set(key, [listen]);
	}

	/** Who answers at `address` when it is dialled on `nodeKey`, or null. */
	resolve(address: string, nodeKey: string): Instance | null {
		const found = this.#byAddress.get(keyOf(address, nodeKey));
		if (!found) return null;
		let best: Listen | null = null;
		for (const l of found) if (!best || better(l, best, nodeKey)) best = l;
		return best!.instance;
	}
}

/** Open before closed; published by a proxy, then on the same node, then the newest. */
function better(a: Listen, b: Listen, nodeKey: string): boolean {
	if (a.open !== b.open) return a.open;
	if (a.proxied !== b.proxied) return a.proxied;
	// Private addresses repeat from node to node.
	const aNear = a.instance.node.key === nodeKey;
	const bNear = b.instance.node.key === nodeKey;
	if (aNear !== bNear) return aNear;
	return a.at > b.at;
}

function keyOf(address: string, nodeKey: string): string {
	return isLoopback(address) ? `${nodeKey} ${address}` : address;
}

export function isLoopback(address: string): boolean {
	return address.startsWith('127.') || address.startsWith('[::1]:') || address.startsWith('[::ffff:127.');
}
