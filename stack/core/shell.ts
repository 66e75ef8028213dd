/** Text as words of a shell. Pure. */

/** POSIX: nothing is special between single quotes, and a single quote ends them. */
export function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** Quotes only what a shell would not take as it is in the value of an assignment. */
export function shellValue(text: string): string {
  return /^[\w@%+=:,./-]*$/.test(text) ? text : shellQuoted(text);
}
