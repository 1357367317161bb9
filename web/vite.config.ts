import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

/** Where `vite dev` sends API calls; `node web/testing/fixture-server.ts` listens there by default. */
const devServer = process.env.CODEXRAY_DEV_SERVER ?? 'http://127.0.0.1:4180';

export default defineConfig({
	root: fileURLToPath(new URL('.', import.meta.url)),
	plugins: [
		svelte({
			configFile: false,
			compilerOptions: {
				runes: true,
				// From the text and not from the path, so that the same sources give the same bytes anywhere.
				cssHash: ({ css, hash }) => `x${hash(css)}`,
			},
		}),
	],
	build: {
		outDir: fileURLToPath(new URL('../build/web', import.meta.url)),
		emptyOutDir: true,
		target: 'es2023',
		// Nothing becomes a data: address: the pages run under a strict content security policy.
		assetsInlineLimit: 0,
		modulePreload: { polyfill: false },
		chunkSizeWarningLimit: 400,
	},
	server: { proxy: { '/api': devServer } },
});
