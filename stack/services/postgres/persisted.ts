/** postgresql.auto.conf: what ALTER SYSTEM writes into the data folder, and the server reads after postgresql.conf. Pure. */
import type { OwnFile, PersistedFile } from "../../core/service/setting-rules.ts";

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

/**
 * Both name the process that uses the folder or the socket. The server refuses one without a number (miscinit.c,
 * CreateLockFile: "lock file is empty", "bogus data"); one of a process that is gone, or of itself, it replaces. It is the
 * container's first process.
 */
export const ownFiles: readonly OwnFile[] = [
  "/var/lib/postgresql/pgdata/postmaster.pid",
  "/var/run/postgresql/.s.PGSQL.5432.lock",
].map((path) => ({
  path,
  faultIn: (text) =>
    /^\s*-?0*[1-9]\d*\s/.test(`${text}\n`)
      ? undefined
      : `${path.split("/").at(-1)} names no process, and the server refuses it`,
  sound: "1\n",
}));

function entryOf(line: string): { readonly name: string; readonly value: string } | undefined {
  const [, name, text] = LINE.exec(line) ?? [];
  if (name === undefined || text === undefined || EMPTY.test(line)) return undefined;
  const value = text.startsWith("'") ? text.slice(1, -1).replaceAll("''", "'") : text;
  return { name: name.toLowerCase(), value };
}
