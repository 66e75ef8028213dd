/** postgresql.auto.conf: what ALTER SYSTEM writes into the data folder, and the server reads after postgresql.conf. Pure. */
import type { PersistedFile } from "../../core/service/persisted.ts";

/** The grammar of a conf file (PostgreSQL's guc-file.l): name, an optional "=", and a word or a quoted text. */
const LINE = /^\s*([A-Za-z_][\w$]*(?:\.[A-Za-z_][\w$]*)*)\s*=?\s*('(?:[^'\\]|''|\\.)*'|[^\s'#=]+)\s*(?:#.*)?$/;
const EMPTY = /^\s*(?:#.*)?$/;

export const persisted: PersistedFile = {
  path: "/var/lib/postgresql/pgdata/postgresql.auto.conf",
  statement: "ALTER SYSTEM",
  read: (text) => {
    const lines = text.split("\n");
    const fault = lines.findIndex((line) => !EMPTY.test(line) && !LINE.test(line));
    const values = new Map(lines.flatMap((line) => entryOf(line) ?? []).map(({ name, value }) => [name, value]));
    return fault === -1 ? { values } : { values, fault: `line ${fault + 1} of postgresql.auto.conf cannot be read` };
  },
  without: (text, names) =>
    text
      .split("\n")
      .filter((line) => {
        const entry = entryOf(line);
        return entry ? !names.has(entry.name) : EMPTY.test(line);
      })
      .join("\n"),
};

function entryOf(line: string): { readonly name: string; readonly value: string } | undefined {
  const [, name, text] = LINE.exec(line) ?? [];
  if (name === undefined || text === undefined || EMPTY.test(line)) return undefined;
  const value = text.startsWith("'") ? text.slice(1, -1).replaceAll("''", "'") : text;
  return { name: name.toLowerCase(), value };
}
