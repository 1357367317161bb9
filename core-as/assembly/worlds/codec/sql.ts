import { allocate, RESULT, release, releaseList, storeList } from '../../abi/memory';
import { redactSql } from '../../parsers/sql/sql';

export function sql_redact(statement: usize, size: usize): usize {
	const output = allocate(size);
	const length = redactSql(statement, size, output);
	release(statement, size);
	// An empty list has no pointer by which it could be freed.
	if (length === 0) heap.free(output);
	storeList(0, output, length);
	return RESULT;
}

export function sql_redact_post(_result: usize): void {
	releaseList(0);
}
