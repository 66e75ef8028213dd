/** What other services may want from PostgreSQL. */
import { z } from "zod";
import type { Grant } from "../../core/service/want.ts";
import { sameAs } from "../kit/grants.ts";
import { IDENTIFIER, IDENTIFIER_RULE, RESERVED_DATABASES } from "./names.ts";

/** The grantee's own database, owned by its own role. */
export const DATABASE = {
  name: "database",
  parameters: z.strictObject({ database: z.string().regex(IDENTIFIER, IDENTIFIER_RULE) }),
  account: true,
  unique: ["database"],
} as const satisfies Grant;

/** A role that reads statistics and settings of every database, but no rows. */
export const MONITOR = { name: "monitor", parameters: z.strictObject({}), account: true } as const satisfies Grant;

/** Returns the grants of a server with this application database. */
export function grantsOf(database: string): readonly Grant[] {
  const taken = [...RESERVED_DATABASES, database];
  const free = DATABASE.parameters.shape.database.refine((name) => !taken.includes(name), {
    error: `another name than ${taken.join(", ")}`,
  });
  return [
    { ...DATABASE, parameters: z.strictObject({ database: free }) },
    MONITOR,
    // A pool stores the verifiers of users who log in through it; the benchmarks go through it too.
    {
      name: "pool",
      parameters: z.strictObject({ database: sameAs(database, "postgres") }),
      shares: ["app", "bench"],
    },
  ];
}
