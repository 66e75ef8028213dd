import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { chooseBaseline, recordBaseline } from "../../stack/judge/baseline.ts";
import { baselineJsonSchema, baselineSchema } from "../../stack/core/results/baseline.ts";
import { compareBaselines } from "../../stack/judge/verdict/compare.ts";
import { differences, fingerprintOf, slugOf } from "../../stack/judge/fingerprint.ts";
import { loadBaseline, loadBaselines, resultFiles, saveBaseline } from "../../stack/records/files.ts";
import { renderBaseline, renderComparison } from "../../stack/report/measurement/show.ts";
import { gib } from "../../stack/core/units.ts";
import { blockOf, FINGERPRINT, runOf, scenarioOf, seeded, simulateRun } from "../support/judge/runs.ts";

const BASELINES = fileURLToPath(new URL("../../profiles/baselines", import.meta.url));
const run = (seed = 1, levels = {}) =>
  simulateRun({ random: seeded(seed), scenarios: 2, blocks: 8, noise: 0.02, levels });

describe("recording a baseline", () => {
  test("keeps the run, named by profile and machine", () => {
    const baseline = recordBaseline([run()]);
    expect(baseline.name).toMatch(/^dev-x86-64-4cpu-8gib-[0-9a-f]{8}$/);
    expect(baselineSchema.safeParse(baseline).success).toBe(true);
  });

  test("refuses an incomplete run and says why it was incomplete", () => {
    const partial = { ...run(), complete: false, warnings: ["the budget of 5 s ended"] };
    expect(() => recordBaseline([partial])).toThrow("the budget of 5 s ended");
  });

  test("refuses runs of different conditions, and a run without figures", () => {
    const other = { ...run(2), fingerprint: { ...FINGERPRINT, images: { store: "registry 2.0" } } };
    expect(() => recordBaseline([run(), other])).toThrow("images.store: registry 2.0");
    expect(() => recordBaseline([runOf([])])).toThrow("no scenario was measured");
    expect(() => recordBaseline([])).toThrow("no run");
  });

  test("leaves failed scenarios out", () => {
    const { scenarios } = run();
    const { blocks: _, histogram: __, notes: ___, ...head } = scenarioOf("store/broken", []);
    const failed = { ...head, status: "failed", reason: "refused", errors: 1 } as const;
    expect(recordBaseline([runOf([...scenarios, failed])]).runs[0]?.scenarios).toHaveLength(2);
  });

  test("takes further runs of the same conditions", () => {
    const baseline = recordBaseline([run(1), run(2), run(3)]);
    expect(baseline.runs).toHaveLength(3);
  });
});

describe("choosing a baseline", () => {
  const mine = recordBaseline([run()]);
  const elsewhere = recordBaseline([{ ...run(), fingerprint: { ...FINGERPRINT, cpuModel: "Other cpu" } }]);

  test("takes the one of the same profile and fingerprint", () => {
    expect(chooseBaseline([elsewhere, mine], "dev", FINGERPRINT).baseline).toBe(mine);
    expect(chooseBaseline([mine], "qa", FINGERPRINT).baseline).toBeUndefined();
  });

  test("takes the one of the same machine after an upgrade, so that the verdict names the upgrade", () => {
    const upgraded = { ...FINGERPRINT, images: { store: "registry 9.0" } };
    expect(chooseBaseline([elsewhere, mine], "dev", upgraded).baseline).toBe(mine);
  });

  test("takes none of another machine, and names what differs", () => {
    const choice = chooseBaseline([elsewhere], "dev", FINGERPRINT);
    expect(choice.baseline).toBeUndefined();
    expect(choice.others[0]?.differences.map(({ field }) => field)).toEqual(["cpuModel"]);
  });
});

describe("the fingerprint", () => {
  const facts = {
    machine: {
      cpus: 4,
      memory: gib(8),
      architecture: "aarch64",
      kernel: "6.8",
      operatingSystem: "Ubuntu 24.04",
      cgroupVersion: 2,
      storageDriver: "overlay2",
      engineVersion: "27.3.1",
    },
    runtime: "engine",
    cpuModel: "Test cpu",
    toolVersion: "0.1.0",
    images: { store: { source: "debian", version: "18.6" } },
    settings: { store: { cache: 1024, mode: "fast" } },
  } as const;

  test("is equal to itself, whatever the order of the settings", () => {
    const turned = { ...facts, settings: { store: { mode: "fast", cache: 1024 } } };
    expect(differences(fingerprintOf(facts, {}), fingerprintOf(turned, {}))).toEqual([]);
  });

  test("tells a changed setting, which warns, from a changed image, which breaks comparison", () => {
    const changed = {
      ...facts,
      images: { store: { source: "registry", version: "18.6" } },
      settings: { store: { cache: 2048, mode: "fast" } },
    };
    const found = differences(fingerprintOf(changed, {}), fingerprintOf(facts, {}));
    expect(found.map(({ field, breaks }) => [field, breaks])).toEqual([
      ["images.store", true],
      ["settings.store", false],
    ]);
  });

  test("does not mind a few MiB of memory, and minds a resized machine", () => {
    expect(differences({ ...FINGERPRINT, memoryMib: 8100 }, FINGERPRINT)).toEqual([]);
    expect(differences({ ...FINGERPRINT, memoryMib: 4096 }, FINGERPRINT)[0]).toMatchObject({
      field: "memory",
      breaks: true,
    });
  });

  test("names a machine in a file name that every file system takes", () => {
    expect(slugOf({ ...FINGERPRINT, architecture: "ARM/64 v8" })).toMatch(/^[a-z0-9.-]+$/);
    expect(slugOf(FINGERPRINT)).not.toBe(slugOf({ ...FINGERPRINT, storageDriver: "btrfs" }));
    expect(slugOf(FINGERPRINT)).toBe(slugOf({ ...FINGERPRINT, kernel: "7.0" }));
  });
});

describe("baseline files", () => {
  let folder = "";
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), "plumbline-baselines-"))));
  afterEach(() => rm(folder, { recursive: true }));

  test("come back as they were saved, and leave no partial file", async () => {
    const baseline = recordBaseline([run()]);
    await saveBaseline(folder, baseline);
    expect(await loadBaseline(folder, baseline.name)).toEqual(baseline);
    expect(await readdir(folder)).toEqual([`${baseline.name}.json`]);
  });

  test("are refused with the place of the mistake", async () => {
    await writeFile(join(folder, "wrong.json"), JSON.stringify({ ...recordBaseline([run()]), runs: [{ margin: 3 }] }));
    await expect(loadBaseline(folder, "wrong")).rejects.toThrow(/cannot be read[^]*runs\[0\]/);
    await writeFile(join(folder, "wrong.json"), "{");
    await expect(loadBaselines(folder)).rejects.toMatchObject({ code: "BASELINE_INVALID" });
  });

  test("that cannot be read are recorded again once they are deleted, as the refusal says", async () => {
    const baseline = recordBaseline([run()]);
    const path = await saveBaseline(folder, baseline);
    await writeFile(path, "{");
    await expect(loadBaseline(folder, baseline.name)).rejects.toThrow(/cannot be read/);
    await rm(path);
    await saveBaseline(folder, baseline);
    expect(await loadBaseline(folder, baseline.name)).toEqual(baseline);
  });

  test("an unknown name is answered with those that there are", async () => {
    await saveBaseline(folder, recordBaseline([run()], "mine"));
    await expect(loadBaseline(folder, "yours")).rejects.toThrow(/no baseline yours: .* holds mine/);
    expect(await loadBaselines(join(folder, "nowhere"))).toEqual([]);
  });

  test("the checked-in JSON Schema is the one that Plumbline reads by (npm run schema)", async () => {
    const file = await readFile(join(BASELINES, "baseline.schema.json"), "utf8");
    expect(JSON.parse(file)).toEqual(JSON.parse(JSON.stringify(baselineJsonSchema())));
  });
});

describe("result files", () => {
  test("are named by the local time of the run", () => {
    const files = resultFiles("/results", new Date(2026, 0, 2, 3, 4, 5));
    const stem = "/results/performance-results-20260102-030405";
    expect(files).toEqual({
      json: `${stem}.json`,
      text: `${stem}.txt`,
      html: `${stem}.html`,
      markdown: `${stem}.md`,
      junit: `${stem}.xml`,
    });
  });
});

const wild = (seed: number) =>
  recordBaseline([simulateRun({ random: seeded(seed), scenarios: 3, blocks: 6, noise: 1 })]);

describe("comparing two baselines", () => {
  test("says what became slower, faster and stayed", () => {
    const random = seeded(5);
    const blocks = (level: number) => Array.from({ length: 8 }, () => blockOf(random, 0.02, level));
    const of = (slow: number, fast: number, same: number) =>
      recordBaseline([
        runOf([
          scenarioOf("store/slow", blocks(slow)),
          scenarioOf("store/fast", blocks(fast)),
          scenarioOf("store/same", blocks(same)),
        ]),
      ]);
    const comparison = compareBaselines(of(1000, 1000, 1000), of(500, 2000, 1000));
    const outcomes = new Map(comparison.rows.map(({ scenario, outcome }) => [scenario, outcome]));
    expect(Object.fromEntries(outcomes)).toEqual({
      "store/slow": "slower",
      "store/fast": "faster",
      "store/same": "same",
    });
    expect(renderComparison(comparison)).toMatch(/store\/slow +throughput .* slower/);
  });

  test("confirms nothing where the blocks vary so much that the loss of half the speed would be hidden", () => {
    const { rows } = compareBaselines(wild(1), wild(2));
    expect(
      rows.filter(({ comparison }) => comparison.metric === "throughput").map(({ outcome }) => outcome),
    ).not.toContain("same");
  });

  test("names conditions that differ and scenarios that only one of them has", () => {
    const other = recordBaseline([
      runOf(
        [
          scenarioOf(
            "store/new",
            run().scenarios.flatMap((found) => (found.status === "measured" ? found.blocks : [])),
          ),
        ],
        {
          fingerprint: { ...FINGERPRINT, cpus: 8 },
        },
      ),
    ]);
    const text = renderComparison(compareBaselines(recordBaseline([run()]), other));
    expect(text).toContain("not the same conditions: cpus is 8, the baseline has 4");
    expect(text).toContain("store/new is not in both");
  });
});

describe("the published reference", () => {
  test("holds every row of the document's service tables, with units", async () => {
    const reference = await loadBaseline(BASELINES, "reference-m1max");
    if (reference.kind !== "reference") throw new Error("not a reference");
    const counts = new Map<string, number>();
    for (const { table } of reference.rows) counts.set(table, (counts.get(table) ?? 0) + 1);
    expect(Object.fromEntries(counts)).toEqual({
      fastapi: 11,
      "fastapi-api-first": 4,
      go: 7,
      nodejs: 6,
      rust: 3,
      postgres: 7,
      "pgbench-tpc-b": 1,
      mysql: 6,
      mongodb: 7,
      "redis-node": 9,
      "redis-cluster": 3,
      rabbitmq: 7,
      vault: 7,
    });
    const insert = reference.rows.find(({ scenarios }) => scenarios.includes("postgres/insert"));
    expect(insert).toMatchObject({ throughput: 1200, unit: "rows/sec", meanMs: 4.2, p95Ms: 8, line: 203 });
    const scan = reference.rows.find(({ scenarios }) => scenarios.includes("mysql/full-scan"));
    expect(scan).toMatchObject({ throughput: 75, meanMs: 200, p95Ms: 360 });
    const all = reference.rows.find(({ table, operation }) => table === "go" && operation === "GET /health/all");
    expect(all).toMatchObject({ p50Ms: 35, p95Ms: 60, p99Ms: 90, maxMs: 130 });
    expect(renderBaseline(reference)).toContain("never an expectation");
  });

  test("holds the other tables, what tools printed and what the text claims, as they are printed", async () => {
    const reference = await loadBaseline(BASELINES, "reference-m1max");
    if (reference.kind !== "reference") throw new Error("not a reference");
    const idle = reference.tables.find(({ id }) => id === "idle");
    expect(idle?.total?.cells).toEqual(["Total", "<5%", "~2.8 GB", "~5.2 GB", "35% of allocated memory"]);
    expect(idle?.rows?.filter(({ cells }) => cells.length > 1)).toHaveLength(19);
    expect(reference.toolOutputs.map(({ id, lines }) => [id, lines.length])).toEqual([
      ["pgbench-tpc-b", 6],
      ["redis-benchmark", 11],
      ["ab-fastapi", 18],
      ["ab-go", 18],
      ["ab-nodejs", 18],
    ]);
    expect(reference.claims.map(({ text }) => text)).toContain(
      "Cluster overhead: ~15% compared to single Redis instance",
    );
    expect(reference.claims.length).toBeGreaterThan(100);
  });

  test("is never chosen as an expectation", async () => {
    const all = await loadBaselines(BASELINES);
    const references = all.filter(({ kind }) => kind === "reference");
    expect(references.length).toBeGreaterThan(0);
    expect(chooseBaseline(references, "dev", FINGERPRINT).baseline).toBeUndefined();
  });
});
