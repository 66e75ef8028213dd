/** What other services may want of PostgreSQL. */
import { z } from "zod";
import type { Grant } from "../../core/service/want.ts";
import { sameAs } from "../kit/grants.ts";
import { IDENTIFIER, IDENTIFIER_RULE, RESERVED_DATABASES } from "./names.ts";

/** A database of its own, owned by a role of its own. */
export const DATABASE = {
  name: "database",
  parameters: z.strictObject({ database: z.string().regex(IDENTIFIER, IDENTIFIER_RULE) }),
  account: true,
  unique: ["database"],
} as const satisfies Grant;

/** A role that reads statistics and settings of every database, and no rows of any. */
export const MONITOR = { name: "monitor", parameters: z.strictObject({}), account: true } as const satisfies Grant;

/** The grants, for a server with this application database. */
export function grantsOf(database: string): readonly Grant[] {
  const taken = [...RESERVED_DATABASES, database];
  const free = DATABASE.parameters.shape.database.refine((name) => !taken.includes(name), {
    error: `another name than ${taken.join(", ")}`,
  });
  return [
    { ...DATABASE, parameters: z.strictObject({ database: free }) },
    MONITOR,
    // A pool keeps the verifiers of those who log in through it, and the benchmarks go through it as well.
    {
      name: "pool",
      parameters: z.strictObject({ database: sameAs(database, "postgres") }),
      shares: ["app", "bench"],
    },
  ];
}
