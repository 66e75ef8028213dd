/** Output format of pgbench, from `printResults` of `src/bin/pgbench/pgbench.c` since PostgreSQL 15. */
import type { LoadToolFormat } from "../../core/service/load-tool-format.ts";

export const pgbenchFormat: LoadToolFormat = {
  name: "pgbench",
  defaultClients: 1,
  flags: { clients: "-c", timeLimit: "-T" },
  reads: {
    clients: /^number of clients:\s+([\d,]+)/m,
    seconds: /^duration:\s+([\d.,]+)/m,
    operations: /^number of transactions(?: actually processed)?:\s+([\d,]+)/m,
    rate: /^tps = ([\d.,]+)/m,
    meanMs: /^latency average\s*[=:]\s*([\d.,]+)/m,
  },
  nominalSeconds: true,
  prints: [
    /^\s*$/,
    /^pgbench \(.*\)$|^starting vacuum\.\.\.end\.$|^progress: /,
    /^transaction type: .+$|^query mode: (?:simple|extended|prepared)$/,
    /^(?:scaling factor|number of clients|number of threads|maximum number of tries): \d+$/,
    /^number of transactions per client: \d+$|^duration: \d+ s$/,
    /^number of transactions actually processed: \d+(?:\/\d+)?$/,
    /^number of (?:failed transactions|transactions retried|serialization failures|deadlock failures|.+ skipped|.+ms): \d+/,
    /^total number of retries: \d+$|^number of transactions above the /,
    /^latency (?:average|stddev) = \d+\.\d{3} ms$/,
    /^(?:initial|average) connection time = \d+\.\d{3} ms$/,
    /^tps = \d+\.\d{6} \((?:without initial connection time|including reconnection times)\)$/,
    /^(?:statement latencies|SQL script \d+|rate limit schedule lag| - |\s+\d+\.\d{3} )/,
  ],
  printsSince: "15",
};
