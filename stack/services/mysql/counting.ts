/** What MySQL counts itself about the work of operations: exact at once, and the same for the same operation. */
import { z } from "zod";
import type { Client } from "./client.ts";

/**
 * Status variables by the name of their figure
 * (https://dev.mysql.com/doc/refman/8.4/en/server-status-variables.html). Left out is what follows the moment and not the
 * operation: synced writes (a slow disk lets more commits share one: 0.4 to 0.6 an insert of 5 clients within seconds),
 * bytes written to the log's file (blocks of 512 bytes, again by commits that share one), and pages read from disk.
 */
const COUNTED: Readonly<Record<string, string>> = {
  Innodb_redo_log_current_lsn: "redo log bytes",
  Innodb_rows_read: "rows read",
  Innodb_buffer_pool_read_requests: "page requests",
};

const Status = z.object({ name: z.string(), value: z.coerce.number() });

/** Resolves the counters that this version has. Any account may read them. */
export async function countedBy(client: Client): Promise<Readonly<Record<string, number>>> {
  const query =
    "SELECT variable_name AS name, variable_value AS value FROM performance_schema.global_status WHERE variable_name IN (?)";
  const found = await client.rows(Status, query, [Object.keys(COUNTED)]);
  return Object.fromEntries(found.map(({ name, value }) => [COUNTED[name] ?? name, value]));
}
