/** mysqld-auto.cnf: what SET PERSIST writes into the data folder, and the server applies after my.cnf. Pure. */
import { z } from "zod";
import type { PersistedFile } from "../../core/service/persisted.ts";

/**
 * Variables in groups, by what changing them takes (MySQL 8.4 manual, "Persisted System Variables"). A file of version 1
 * has one group.
 */
const Groups = z.record(z.string(), z.unknown());
const Variable = z.object({ Value: z.coerce.string() });

/** What the server writes if it has nothing to keep. */
const NOTHING = { Version: 2 };

export const persisted: PersistedFile = {
  path: "/var/lib/mysql/mysqld-auto.cnf",
  statement: "SET PERSIST",
  read: (text) => {
    const groups = groupsIn(text);
    if (!groups) return { values: new Map(), fault: "mysqld-auto.cnf is no JSON, and the server refuses it" };
    const entries = Object.values(groups).flatMap((group) => {
      const variables = Groups.safeParse(group);
      return variables.success ? Object.entries(variables.data) : [];
    });
    const values = entries.flatMap(([name, variable]) => {
      const found = Variable.safeParse(variable);
      return found.success ? [[name.toLowerCase(), found.data.Value] as const] : [];
    });
    return { values: new Map(values) };
  },
  without: (text, names) => {
    const groups = groupsIn(text) ?? NOTHING;
    const kept = Object.entries(groups).map(([key, group]) => {
      const variables = Groups.safeParse(group);
      if (!variables.success) return [key, group] as const;
      return [
        key,
        Object.fromEntries(Object.entries(variables.data).filter(([name]) => !names.has(name.toLowerCase()))),
      ] as const;
    });
    return JSON.stringify(Object.fromEntries(kept));
  },
};

function groupsIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed = Groups.safeParse(JSON.parse(text));
    return parsed.success && "Version" in parsed.data ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
