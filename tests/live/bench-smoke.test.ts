/** The whole smoke run against a key-value server over TCP that the test makes. */
import { once } from "node:events";
import { createConnection, createServer, type Socket } from "node:net";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { recordBaseline } from "../../stack/judge/baseline.ts";
import { isMeasured } from "../../stack/core/results/baseline.ts";
import { scenarioSchema, type SmokeRun } from "../../stack/core/results/measurement.ts";
import { loadBaseline, resultFiles, saveBaseline, saveResults } from "../../stack/records/files.ts";
import { renderResults } from "../../stack/report/measurement/results.ts";
import { resultsDocument, resultsSchema } from "../../stack/core/results/performance-results.ts";
import { runSmoke } from "../../stack/measure/smoke.ts";
import type { SmokeOptions } from "../../stack/measure/smoke-options.ts";
import { judge, undecidedAgainst } from "../../stack/judge/verdict/verdict.ts";
import type { Bench, Effect, Scenario } from "../../stack/core/service/scenario.ts";
import { runOptions } from "../support/measure/services.ts";

/** A server with a table of keys: SET k v, GET k, KEYS, DROP. `delayMs` makes it slower; `refuse` makes it fail. */
const server = { delayMs: 3, refuse: "", data: new Map<string, string>(), port: 0, sockets: new Set<Socket>() };
const listener = createServer({ noDelay: true }, (socket) => {
  server.sockets.add(socket);
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk) => setTimeout(() => socket.write(answer(String(chunk))), server.delayMs));
});

function answer(request: string): string {
  const [command = "", key = "", value = ""] = request.split(" ");
  if (server.refuse === command) return "ERR refused";
  if (command === "SET") server.data.set(key, value);
  if (command === "DROP") server.data.clear();
  return command === "GET" ? (server.data.get(key) ?? "nil") : "OK";
}

beforeAll(async () => {
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const address = listener.address();
  server.port = typeof address === "object" && address !== null ? address.port : 0;
});

afterAll(() => {
  for (const socket of server.sockets) socket.destroy();
  listener.close();
});

async function connect() {
  const socket = createConnection({ host: "127.0.0.1", port: server.port, noDelay: true });
  await once(socket, "connect");
  const ask = async (request: string): Promise<string> => {
    const answered = once(socket, "data");
    socket.write(request);
    const text = String(await answered);
    if (text.startsWith("ERR")) throw new Error(text);
    return text;
  };
  return { ask, close: () => socket.destroy() };
}

function scenario(name: string, effect: Effect, request: string): Scenario {
  return {
    name: `store/${name}`,
    title: name,
    effect,
    smoke: true,
    clients: 4,
    parameters: { request },
    async open(clients) {
      const connections = await Promise.all(Array.from({ length: clients }, connect));
      return {
        async operation(client) {
          await connections[client]?.ask(request);
        },
        async close() {
          for (const connection of connections) connection.close();
          return Promise.resolve();
        },
      };
    },
  };
}

async function once1(request: string): Promise<void> {
  const connection = await connect();
  await connection.ask(request);
  connection.close();
}

const bench: Bench = {
  scenarios: [
    scenario("get", "read", "GET bench:1"),
    scenario("set", "durable write", "SET bench:2 x"),
    { ...scenario("rare", "read", "GET bench:1"), smoke: false },
  ],
  fingerprint: () => Promise.resolve({ durability: "none" }),
  setup: async () => {
    await once1("DROP");
    await once1("SET bench:1 value");
  },
  teardown: () => once1("DROP"),
};

const base = (change: Partial<SmokeOptions> = {}): SmokeOptions => {
  const { facts, ...options } = runOptions({ benches: [{ service: "store", bench }] }, { budgetS: 6 });
  const store = { images: { store: { source: "registry", version: "1.0" } }, settings: { store: { cache: 1024 } } };
  return { ...options, facts: { ...facts, ...store }, ...change };
};

describe("a smoke run", () => {
  test("measures, records, and judges a repeat, a slower server and a failing one against the record", async () => {
    server.delayMs = 3;
    const partials: SmokeRun[] = [];
    const run = await runSmoke(base({ onResult: (partial) => void partials.push(partial) }));

    expect(run.complete).toBe(true);
    expect(run.elapsedS).toBeLessThanOrEqual(run.budgetS);
    expect(run.scenarios.map(({ name }) => name)).toEqual(["store/get", "store/set"]);
    for (const found of run.scenarios) {
      expect(scenarioSchema.safeParse(found).success).toBe(true);
      expect(found.status === "measured" ? found.blocks.length : 0).toBeGreaterThanOrEqual(6);
    }
    expect(server.data.size, "the data set is removed").toBe(0);
    const peakMib = run.loaderPeakRssMib ?? 0;
    expect(peakMib).toBeGreaterThan(0);
    expect(run.warnings.some((text) => text.includes("load generator held"))).toBe(peakMib > 300);
    const seen = partials.map(({ scenarios }) =>
      scenarios.reduce((sum, found) => sum + (found.status === "measured" ? found.blocks.length : 0), 0),
    );
    expect(seen.at(-1)).toBe(12);
    expect(partials.every(({ complete }) => !complete)).toBe(true);

    const folder = await mkdtemp(join(tmpdir(), "plumbline-bench-"));
    await saveBaseline(folder, recordBaseline([run]));
    const [file = ""] = await readdir(folder);
    const baseline = await loadBaseline(folder, file.replace(".json", ""));

    const again = await runSmoke(base({ undecided: undecidedAgainst(baseline) }));
    expect(judge(again, baseline).verdict).not.toBe("below");
    const files = resultFiles(folder, new Date(again.startedAt));
    const document = resultsDocument(again, judge(again, baseline));
    await saveResults(files, document, renderResults(document, []));
    expect(resultsSchema.safeParse(JSON.parse(await readFile(files.json, "utf8"))).success).toBe(true);
    expect(await readFile(files.text, "utf8")).toMatch(/^Verdict: /);

    server.delayMs = 9;
    const slow = await runSmoke(base({ undecided: undecidedAgainst(baseline) }));
    expect(judge(slow, baseline).verdict).toBe("below");

    server.delayMs = 3;
    server.refuse = "SET";
    const refused = { ...bench, setup: () => once1("DROP") };
    const failing = await runSmoke(base({ benches: [{ service: "store", bench: refused }] }));
    server.refuse = "";
    expect(judge(failing, baseline).verdict).toBe("failed");
    const [, set] = failing.scenarios;
    expect(set).toMatchObject({ name: "store/set", status: "failed", reason: "ERR refused" });
    expect(set).not.toHaveProperty("blocks");
    await rm(folder, { recursive: true });
  });

  test("makes the data of one scenario only where it was chosen, and its failure is that scenario's alone", async () => {
    server.delayMs = 1;
    const made: string[] = [];
    const [get, set, rare] = bench.scenarios;
    if (!get || !set || !rare) throw new Error("three scenarios were declared");
    const prepare =
      (name: string, fails = false) =>
      async () => {
        made.push(name);
        if (fails) throw new Error("no space");
      };
    const scenarios = [
      { ...get, prepare: prepare("get") },
      { ...set, prepare: prepare("set", true) },
      { ...rare, prepare: prepare("rare") },
    ];
    const run = await runSmoke(base({ budgetS: 3, benches: [{ service: "store", bench: { ...bench, scenarios } }] }));
    expect(made).toEqual(["get", "set"]);
    expect(run.scenarios).toMatchObject([
      { name: "store/get", status: "measured" },
      { name: "store/set", status: "failed", reason: "making its data failed: no space" },
    ]);
  });

  test("has the server's own tool measure too where it is asked to, within the budget", async () => {
    server.delayMs = 1;
    const asked: string[] = [];
    const scenarios = bench.scenarios.map((scenario) => ({
      ...scenario,
      loadTool: {
        tool: "store-benchmark",
        run: async () => {
          asked.push(scenario.name);
          return { throughput: 900, operations: 900, meanMs: 4 };
        },
      },
    }));
    const benches = [{ service: "store", bench: { ...bench, scenarios } }];
    const without = await runSmoke(base({ budgetS: 3, benches }));
    expect(asked).toEqual([]);
    expect(without.scenarios.filter((found) => isMeasured(found) && found.native !== undefined)).toEqual([]);
    const run = await runSmoke(base({ budgetS: 20, benches, loadTools: true, select: () => true }));
    expect(run.elapsedS).toBeLessThanOrEqual(20);
    expect(new Set(asked)).toEqual(new Set(["store/get", "store/set", "store/rare"]));
    for (const found of run.scenarios) {
      expect(found).toMatchObject({ native: { status: "measured", runs: [{ meanMs: 4 }] } });
    }
  });

  test("leaves out what its budget does not hold, also in the warm-up", async () => {
    server.delayMs = 400;
    const run = await runSmoke(base({ budgetS: 1 }));
    server.delayMs = 1;
    expect(run.complete).toBe(false);
    expect(run.scenarios.map(({ name, status }) => [name, status])).toEqual([["store/get", "skipped"]]);
    expect(run.warnings.join(" ")).toMatch(/ended after 0 of \d blocks.* at the pace of this machine now \d+ s/);
  });

  test("removes its data when it is interrupted, and says so", async () => {
    server.delayMs = 1;
    const controller = new AbortController();
    const partials: SmokeRun[] = [];
    const running = runSmoke(
      base({
        signal: controller.signal,
        onResult: (partial) => {
          partials.push(partial);
          if (partials.length === 5) controller.abort();
        },
      }),
    );
    await expect(running).rejects.toMatchObject({ code: "INTERRUPTED" });
    expect(partials.length).toBe(5);
    expect(server.data.size).toBe(0);
  });

  test("says that a budget is too short for six blocks, and how much would do", async () => {
    server.delayMs = 1;
    const run = await runSmoke(base({ budgetS: 1.2 }));
    expect(run.complete).toBe(false);
    expect(run.warnings.join(" ")).toMatch(/too short for 6 blocks.*give \d+ s or more/);
    expect(judge(run, undefined).verdict).toBe("no baseline");
  });

  test("a service whose data cannot be made is failed, and the others are measured", async () => {
    const broken: Bench = {
      ...bench,
      scenarios: [{ ...scenario("get", "read", "GET x"), name: "queue/get" }],
      setup: () => Promise.reject(new Error("permission denied")),
    };
    const run = await runSmoke(
      base({
        benches: [
          { service: "store", bench },
          { service: "queue", bench: broken },
        ],
      }),
    );
    expect(run.scenarios.map(({ name, status }) => [name, status])).toEqual([
      ["store/get", "measured"],
      ["store/set", "measured"],
      ["queue/get", "failed"],
    ]);
  });
});
