import { createRequire } from 'node:module';

/** The npm package that holds libchdb for this platform. */
export function enginePackage(): string {
	return `@chdb/lib-${process.platform}-${process.arch}${process.platform === 'linux' ? '-gnu' : ''}`;
}

/** Optional packages without which there is no embedded engine, and of these the ones that are not installed. */
export function missingEnginePackages(): string[] {
	return missing(['ffi-rs', enginePackage(), '@clickhouse/client']);
}

/** The same for an engine elsewhere. */
export function missingClientPackages(): string[] {
	return missing(['@clickhouse/client']);
}

function missing(names: string[]): string[] {
	const require = createRequire(import.meta.url);
	return names.filter((name) => {
		try {
			require.resolve(name);
			return false;
		} catch {
			return true;
		}
	});
}
