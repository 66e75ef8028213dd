/** HTTP: compares the load engine with wrk (closed loop) and oha (open loop), on a small server of this project. */
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawn } from "node:child_process";
import { Client } from "undici";
import { z } from "zod";
import type { Scenario } from "../../../stack/core/service/scenario.ts";
import { runCommand } from "../../../stack/host/run.ts";
import type { Pair, Sample } from "./compare.ts";
import { byLoop, type Length } from "./servers.ts";

const SERVER = new URL("./http-server.mjs", import.meta.url);
const START_DEADLINE_MS = 10_000;
/** Added to a tool's own duration. */
const TOOL_EXTRA_MS = 15_000;
const MICROSECONDS_PER_MS = 1000;
const MS_PER_SECOND = 1000;

const CLIENTS = 20;
/** Long compared with what this process adds. */
const DELAY_MS = 10;
/** Half of what the clients could send one after another. */
const RATE_PER_S = 1000;

/** Starts the server, passes the pairs to `use`, and stops the server. A tool missing on this computer gives a note. */
export async function withHttpPairs<Result>(
  length: Length,
  use: (pairs: readonly Pair[], notes: readonly string[]) => Promise<Result>,
): Promise<Result> {
  const server = spawn(process.execPath, [SERVER.pathname], { stdio: ["pipe", "pipe", "inherit"] });
  const folder = await mkdtemp(join(tmpdir(), "plumbline-fidelity-"));
  try {
    const said: readonly unknown[] = await once(server.stdout, "data", {
      signal: AbortSignal.timeout(START_DEADLINE_MS),
    });
    const origin = `http://127.0.0.1:${String(said[0]).trim()}`;
    const script = join(folder, "p95.lua");
    await writeFile(script, PERCENTILE);
    const notes: string[] = [];
    const has = async (tool: string, from: string): Promise<boolean> => {
      const { ended } = await runCommand([tool, "--version"], { timeoutMs: START_DEADLINE_MS });
      if (ended === "absent") notes.push(`http was not compared with ${tool}, which is not here: ${from}`);
      return ended !== "absent";
    };
    const pairs = [
      ...((await has("wrk", "install the package wrk"))
        ? [0, DELAY_MS].map((delayMs) => closedPair({ origin, delayMs, script, length }))
        : []),
      ...((await has("oha", "cargo install oha")) ? [openPair(origin, length)] : []),
    ];
    return await use(pairs, notes);
  } finally {
    server.kill();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Closed {
  readonly origin: string;
  readonly delayMs: number;
  readonly script: string;
  readonly length: Length;
}

function closedPair({ origin, delayMs, script, length }: Closed): Pair {
  const scenario = httpScenario(origin, delayMs);
  return {
    name: scenario.name,
    tool: "wrk",
    clients: CLIENTS,
    ours: () => byLoop(scenario, length),
    theirs: async () => {
      const flags = [`-t1`, `-c${CLIENTS}`, `-d${length.seconds}s`, "-s", script];
      return parseWrk(await output(["wrk", ...flags, `${origin}/${delayMs}`], length));
    },
  };
}

/** oha, not hey: hey's clients each keep their own rate and send at the same moments, which is another load. */
function openPair(origin: string, length: Length): Pair {
  const scenario = httpScenario(origin, DELAY_MS);
  return {
    name: `${scenario.name}, ${RATE_PER_S}/s`,
    tool: "oha",
    clients: CLIENTS,
    ours: () => byLoop(scenario, length, RATE_PER_S),
    theirs: async () => {
      const rate = ["-q", `${RATE_PER_S}`, "--latency-correction"];
      const flags = ["-c", `${CLIENTS}`, ...rate, "-z", `${length.seconds}s`, "--no-tui", "--output-format", "json"];
      return parseOha(await output(["oha", ...flags, `${origin}/${DELAY_MS}`], length));
    },
  };
}

/** One connection per client, one request at a time. */
function httpScenario(origin: string, delayMs: number): Scenario {
  const path = `/${delayMs}`;
  return {
    name: delayMs === 0 ? "http/at-once" : `http/after-${delayMs}-ms`,
    title: "read 100 bytes",
    effect: "read",
    smoke: false,
    clients: CLIENTS,
    parameters: { delayMs },
    open: async (count) => {
      const clients = Array.from({ length: count }, () => new Client(origin, { pipelining: 1 }));
      return {
        operation: async (index) => {
          const answer = await clients[index]?.request({ path, method: "GET" });
          if (answer?.statusCode !== 200) throw new Error(`the server answered ${answer?.statusCode}`);
          await answer.body.text();
        },
        close: async () => {
          await Promise.all(clients.map((client) => client.destroy()));
        },
      };
    },
  };
}

async function output(argv: readonly string[], { seconds, signal }: Length): Promise<string> {
  const result = await runCommand(argv, { timeoutMs: seconds * MS_PER_SECOND + TOOL_EXTRA_MS, signal });
  signal.throwIfAborted();
  if (!result.ok) throw new Error(`${argv[0] ?? ""} failed: ${result.stderr.trim() || result.ended}`);
  return result.stdout;
}

/** wrk prints no 95th percentile itself. */
const PERCENTILE = `done = function(summary, latency, requests)
  io.write(string.format("p95 = %d us\\nrate = %f\\n", latency:percentile(95), summary.requests / (summary.duration / 1e6)))
end
`;

/** Throws if the script's lines are missing. */
export function parseWrk(text: string): Sample {
  const p95Us = Number(/^p95 = (\d+) us$/m.exec(text)?.[1]);
  const throughput = Number(/^rate = ([\d.]+)$/m.exec(text)?.[1]);
  if (!(p95Us > 0) || !(throughput > 0)) throw new Error(`wrk printed no figures: ${text.trim()}`);
  return { throughput, p95Ms: p95Us / MICROSECONDS_PER_MS };
}

const ohaOutput = z.object({
  metrics: z.object({
    success_rate: z.literal(1),
    requests_per_sec: z.number().positive(),
    latency_ms: z.object({ p95: z.number().positive() }),
  }),
});

/** Parses oha's JSON. Throws if a request failed, or if none was answered. */
export function parseOha(text: string): Sample {
  const { metrics } = ohaOutput.parse(JSON.parse(text));
  return { throughput: metrics.requests_per_sec, p95Ms: metrics.latency_ms.p95 };
}
