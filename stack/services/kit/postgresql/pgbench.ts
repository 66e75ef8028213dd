/** Runs the measured operations with pgbench, inside the server's container. */
import type { LoadTool, LoadToolResult } from "../../../core/service/scenario.ts";
import type { Target } from "../../../core/service/service.ts";
import type { Credential } from "../../../core/service/credential.ts";
import { runTool } from "../tool.ts";

export interface PgbenchAccess {
  readonly target: Target;
  /** Port inside the container. */
  readonly port: number;
  readonly database: string;
  readonly credential: Credential;
  /** Variables that scripts may use in addition to the ones they set. */
  readonly variables: Readonly<Record<string, string>>;
}

/** One thread manages some 30,000 transactions per second, more than the server of a small machine. */
const THREADS = 2;
/** Time for connecting, and for the last transactions. */
const DEADLINE_EXTRA_S = 5;

/** Returns a tool that sends the statements of `script`, prepared, with new values for each transaction. */
export function pgbenchTool(
  { target, port, database, credential, variables }: PgbenchAccess,
  script: string,
): LoadTool {
  return {
    tool: "pgbench",
    run: async ({ clients, durationS, signal }) => {
      const seconds = Math.max(1, Math.round(durationS));
      const flags = {
        host: "127.0.0.1",
        port,
        username: credential.user,
        client: clients,
        jobs: Math.min(THREADS, clients),
        time: seconds,
        protocol: "prepared",
        file: "script",
        "log-prefix": "latencies",
      };
      const output = await runTool(target, {
        tool: "pgbench",
        command: `printf '%s' "$1" >script; shift; PGPASSWORD=$secret limited pgbench --no-vacuum --log "$@"`,
        summary: PERCENTILE,
        args: [
          script,
          ...Object.entries(variables).map(([name, value]) => `--define=${name}=${value}`),
          ...Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
          database,
        ],
        secret: credential.password,
        deadlineS: seconds + DEADLINE_EXTRA_S,
        signal,
      });
      return parsePgbench(output);
    },
  };
}

/** The third column of the log is a transaction's latency in microseconds. */
const PERCENTILE = `cut -d ' ' -f 3 latencies.* | sort -n |
awk '{ at[NR] = $1 } END { if (NR > 0) print "p95 = " at[int((95 * NR + 99) / 100)] " us" }'`;

/** Parses pgbench's summary (https://www.postgresql.org/docs/current/pgbench.html). Throws if a figure is missing. */
export function parsePgbench(output: string): LoadToolResult {
  const figure = (pattern: RegExp): number => {
    const found = pattern.exec(output)?.[1];
    if (found === undefined) throw new Error(`pgbench printed no ${pattern.source}: ${output.trim()}`);
    return Number(found);
  };
  return {
    throughput: figure(/^tps = ([\d.]+) \(without initial connection time\)/m),
    operations: figure(/^number of transactions actually processed: (\d+)/m),
    meanMs: figure(/^latency average = ([\d.]+) ms/m),
    p95Ms: figure(/^p95 = (\d+) us/m) / 1000,
  };
}
