import { describe, expect, test } from "vitest";
import { bytes, mib } from "../../stack/core/units.ts";
import type { Discovery, FoundEngine } from "../../stack/commands/request/discovery.ts";
import { likelyRuntime, readWanted } from "../../stack/commands/request/request.ts";
import { imageStatus, kernelLimits, statusWithout } from "../../stack/commands/status.ts";

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
    "its packages were taken 90 days ago: `npm run up -- --refresh` takes those of today",
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
