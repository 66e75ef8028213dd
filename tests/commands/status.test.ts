import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterAll, describe, expect, test } from "vitest";
import { bytes, mib } from "../../stack/core/units.ts";
import type { Discovery, FoundEngine } from "../../stack/commands/request/discovery.ts";
import { likelyRuntime, readWanted } from "../../stack/commands/request/request.ts";
import { imageStatus, kernelLimits, statusWithout } from "../../stack/commands/status.ts";
import { explainDocument } from "../../stack/report/documents/documents.ts";

test("a limit that the kernel does not have is absent from the result", () => {
  const none = { memory: bytes(Number.POSITIVE_INFINITY), cpus: Number.POSITIVE_INFINITY };
  expect(kernelLimits(none)).toEqual({});
  expect(kernelLimits({ memory: mib(128), cpus: 0.5 })).toEqual({ memoryBytes: mib(128), cpus: 0.5 });
});

test("an image built here says when its packages were taken, and what to do once they are too old", () => {
  const image = {
    reference: "plumbline/redis:8-0",
    source: "debian",
    version: "8",
    notes: [],
    builtOn: "2026-09-01",
  } as const;
  const { reference, source } = image;
  expect(imageStatus(image, new Date("2026-09-02"))).toEqual({ reference, source, builtOn: "2026-09-01" });
  expect(imageStatus({ ...image, indexDate: "2026-08-31" }, new Date("2026-11-30")).old).toBe(
    "its packages were taken 91 days ago: `npm run up -- --refresh` takes those of today",
  );
  expect(imageStatus({ reference, source: "registry", version: "8", notes: [] }, new Date())).toEqual({
    reference,
    source: "registry",
  });
});

const engine = (why: string, absent: boolean) => ({ runtime: "engine", why, fix: "Start it.", absent });

describe("without an engine", async () => {
  const wanted = await readWanted({ stack: "never-was", profile: "minimal" });
  const runtime = likelyRuntime(wanted);
  const status = (found: Exclude<Discovery, FoundEngine>) => {
    const { state, reason, services } = statusWithout(wanted, found);
    const instances = services.flatMap((service) => service.instances.map((instance) => instance.state));
    return { state, reason, instances: [...new Set(instances)] };
  };

  test.for([
    "/dead.sock: ECONNREFUSED",
    "the Docker context gone cannot be used",
    "connect EACCES /var/run/docker.sock",
  ])("a stack that cannot be asked about is unknown, for the reason %j", (why) => {
    const found = { kind: "no runtime", runtime, none: [engine(why, false)] } as const;
    expect(status(found)).toEqual({ state: "unknown", reason: `engine: ${why}`, instances: ["unknown"] });
  });

  test("a stack is down where there is nothing that could run it", () => {
    const found = { kind: "no runtime", runtime, none: [engine("there is none", true)] } as const;
    expect(status(found)).toEqual({ state: "down", reason: "engine: there is none", instances: ["no container"] });
  });

  test("a stack is down in a machine that is stopped, and unknown in one that is broken", () => {
    const wish = wanted.profile.machine;
    const stopped = {
      kind: "machine down",
      runtime,
      state: { state: "stopped", configured: wish },
      passed: [],
    } as const;
    expect(status(stopped)).toMatchObject({ state: "down", reason: "the machine is stopped" });
    const broken = { ...stopped, state: { state: "broken", reason: "no answer" } } as const;
    expect(status(broken)).toMatchObject({ state: "unknown", instances: ["unknown"] });
  });

  test("a stack is unknown where an engine is silent, although the machine that comes after it is absent", () => {
    const passed = [engine("ECONNREFUSED", false)];
    expect(status({ kind: "machine down", runtime, state: { state: "absent" }, passed })).toMatchObject({
      state: "unknown",
      reason: "engine: ECONNREFUSED",
    });
  });
});

describe("a profile with values that up refuses", async () => {
  const folder = await mkdtemp(join(tmpdir(), "plumbline-status-"));
  const profile = join(folder, "mine.yaml");
  await writeFile(
    profile,
    "extends: minimal\nservices:\n  redis:\n    settings:\n      databases: 16\n      maxmemory: 50GB\n      io-thread: 2\n",
  );
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const unknown = /mine\.yaml:\d+:\d+: services\.redis\.settings\.io-thread: .*; `up` refuses it$/;
  const refused = /mine\.yaml:\d+:\d+: services\.redis\.settings\.maxmemory: .*; `up` refuses it$/;

  test("is looked at, and status says so", async () => {
    const wanted = await readWanted({ stack: "never-was", profile });
    const none = [engine("there is none", true)];
    const status = statusWithout(wanted, { kind: "no runtime", runtime: likelyRuntime(wanted), none });
    expect(status.services.map(({ name }) => name)).toContain("redis");
    expect(status.notes).toContainEqual(expect.stringMatching(refused));
    expect(status.notes).toContainEqual(expect.stringMatching(unknown));
  });

  test("is explained, and explain says so", { timeout: 60_000 }, async () => {
    const flags = ["redis.maxmemory", "--profile", profile, "--stack", "never-was", "--runtime", "engine", "--json"];
    const { exitCode, stdout } = await execa("node", ["scripts/bootstrap.mjs", "scripts/explain.ts", ...flags], {
      cwd: fileURLToPath(new URL("../..", import.meta.url)),
      env: { DOCKER_HOST: `unix://${folder}/docker.sock` },
      reject: false,
      stdin: "ignore",
    });
    expect(exitCode).toBe(0);
    const { explanations, notes, machine } = explainDocument.parse(JSON.parse(stdout));
    expect(machine.from).toBe("the profile");
    expect(explanations.map(({ setting }) => setting)).toEqual(["maxmemory"]);
    expect(notes).toContainEqual(expect.stringMatching(refused));
    expect(notes).toContainEqual(expect.stringMatching(unknown));
  });
});
