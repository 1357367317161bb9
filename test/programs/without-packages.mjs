// Preload of a program that is to find packages not installed: their names, with commas, in WITHOUT_PACKAGES.
import { registerHooks } from 'node:module';

const missing = process.env.WITHOUT_PACKAGES.split(',');
registerHooks({
	resolve(specifier, context, next) {
		if (!missing.some((name) => specifier === name || specifier.startsWith(`${name}/`)))
			return next(specifier, context);
		const error = new Error(`Cannot find package '${specifier}'`);
		error.code = 'ERR_MODULE_NOT_FOUND';
		throw error;
	},
});
