/** Runs the operations on one node with redis-benchmark, inside the server's container. */
import { createHash, randomBytes } from "node:crypto";
import type { Redis } from "ioredis";
import type { LoadTool, LoadToolResult } from "../../core/service/scenario.ts";
import type { Target } from "../../core/service/service.ts";
import { runTool } from "../kit/tool.ts";
import { openNode } from "./client.ts";
import { BENCH_COMMANDS, BENCH_PREFIX, CLIENT_PORT, PORT } from "./conf.ts";
import { KEYS, VALUE, type BenchmarkCommand } from "./operations.ts";

/**
 * redis-benchmark accepts a password only as an argument, which every process list shows. So it gets a user that exists
 * only during the run, with its own password, and with the rights of the benchmarks' user: their keys and no others.
 */
const ONE_TIME_USER = "plumbline_bench_native";
const PASSWORD_BYTES = 16;

/** redis-benchmark takes a number of operations, not a duration: a first run with this many tells how many fit. */
const PROBE = 5_000;
const MOST = 2_000_000;
/** Maximum length of a list of 100 byte values: 6 MB. */
const LONGEST_LIST = 50_000;
const PUSH_AT_ONCE = 1_000;
/** A machine busy with other work may be much slower than in the first run. */
const DEADLINE_EXTRA_S = 10;

/** One of the project's commands, or redis-benchmark's own test that uses no key. */
type Sent = BenchmarkCommand | { readonly test: "ping_inline" };

export function redisBenchmarkTool(target: Target, tagOf: () => Promise<string>, sent: Sent): LoadTool {
  let rate: number | undefined;
  return {
    tool: "redis-benchmark",
    ...("comparedAt" in sent && { comparedAt: sent.comparedAt }),
    run: async ({ clients, durationS, signal }) => {
      const tag = await tagOf();
      return withOneTimeUser(target, async (password) => {
        const measure = (operations: number) => once({ target, password, sent, tag, clients, operations, signal });
        rate ??= (await measure(PROBE)).throughput;
        const most = "list" in sent ? LONGEST_LIST : MOST;
        const result = await measure(Math.min(most, Math.max(PROBE, Math.round(rate * durationS))));
        rate = result.throughput;
        return result;
      });
    },
  };
}

/** Removes the user of a killed run, which also closes the connections under its name. */
export async function removeOneTimeUser(target: Target): Promise<void> {
  const admin = await openNode(target, "admin");
  try {
    await admin.call("ACL", ["DELUSER", ONE_TIME_USER]);
  } finally {
    admin.disconnect();
  }
}

async function withOneTimeUser<T>(target: Target, work: (password: string) => Promise<T>): Promise<T> {
  const password = randomBytes(PASSWORD_BYTES).toString("hex");
  const hash = createHash("sha256").update(password).digest("hex");
  const rights = [`~${BENCH_PREFIX}*`, "-@all", ...BENCH_COMMANDS.map((command) => `+${command}`)];
  const admin = await openNode(target, "admin");
  try {
    await admin.call("ACL", ["SETUSER", ONE_TIME_USER, "reset", "on", `#${hash}`, ...rights]);
    return await work(password);
  } finally {
    await admin.call("ACL", ["DELUSER", ONE_TIME_USER]).catch(() => undefined);
    admin.disconnect();
  }
}

interface Once {
  readonly target: Target;
  readonly password: string;
  readonly sent: Sent;
  readonly tag: string;
  readonly clients: number;
  readonly operations: number;
  readonly signal: AbortSignal;
}

async function once({ target, password, sent, tag, clients, operations, signal }: Once): Promise<LoadToolResult> {
  const key = (name: string) => `${BENCH_PREFIX}{${tag}}:native:${name}`;
  const list = "list" in sent ? sent.list : undefined;
  const command = "words" in sent ? sent.words(key, tag) : ["-t", sent.test];
  const client = await openNode(target, "bench");
  try {
    await client.unlink(key("list"));
    if (list === "shrinks") await fill(client, key("list"), operations);
    const flags = { h: "127.0.0.1", p: target.inside?.(CLIENT_PORT) ?? PORT, c: clients, n: operations, r: KEYS, P: 1 };
    const output = await runTool(target, {
      tool: "redis-benchmark",
      command: 'limited redis-benchmark -a "$secret" "$@"',
      args: [
        "--user",
        ONE_TIME_USER,
        "--csv",
        ...Object.entries(flags).flatMap(([name, value]) => [`-${name}`, String(value)]),
        ...command,
      ],
      secret: password,
      deadlineS: DEADLINE_EXTRA_S,
      signal,
    });
    const left = await client.unlink(key("list"));
    if (list === "shrinks" && left > 0) throw new Error("redis-benchmark did not take every element of the list");
    return { ...parseBenchmark(output), operations };
  } finally {
    client.disconnect();
  }
}

/** Adds one element per operation, because an empty list answers faster. */
async function fill(client: Redis, key: string, elements: number): Promise<void> {
  for (let left = elements; left > 0; left -= PUSH_AT_ONCE) {
    await client.rpush(key, ...Array.from({ length: Math.min(left, PUSH_AT_ONCE) }, () => VALUE));
  }
}

/** Parses the last line of its CSV: "test","rps","avg_latency_ms","min_latency_ms","p50…","p95…","p99…","max…". */
export function parseBenchmark(output: string): Omit<LoadToolResult, "operations"> {
  const line = output.trim().split("\n").at(-1) ?? "";
  const [, throughput, meanMs, , , p95Ms] = line.split(",").map((cell) => Number(cell.replaceAll('"', "")));
  if (!throughput || !meanMs || !p95Ms) throw new Error(`redis-benchmark printed no figures: ${output.trim()}`);
  return { throughput, meanMs, p95Ms };
}
