/** Text as a SQL literal. */
export function sqlText(text: string): string {
	return `'${text.replaceAll("'", "''")}'`;
}
