import { expect, test } from "vitest";
import type { Runtime } from "../../../stack/core/machine/runtime.ts";
import { unasked } from "../../../stack/commands/request/discovery.ts";
import { likelyRuntime, readWanted } from "../../../stack/commands/request/request.ts";
import type { Unusable } from "../../../stack/runtimes/index.ts";

const runtime: Runtime = likelyRuntime(await readWanted({ stack: "never-was", profile: "minimal", runtime: "engine" }));
const silent: Unusable = { runtime: "engine", why: "EACCES", fix: "usermod", absent: false };
const missing: Unusable = { runtime: "colima", why: "colima is not installed", fix: "install it", absent: true };

test("what is not installed is not asked: nothing of a stack runs in it", () => {
  expect(unasked({ kind: "no runtime", runtime, none: [missing] })).toEqual([]);
  expect(unasked({ kind: "no runtime", runtime, none: [silent, missing] })).toEqual([silent]);
});

test("a machine that is stopped or absent says all there is to know, unless something before it is silent", () => {
  const down = { kind: "machine down", runtime, state: { state: "absent" } } as const;
  expect(unasked({ ...down, passed: [] })).toEqual([]);
  expect(unasked({ ...down, passed: [silent] })).toEqual([silent]);
});

test("a broken machine may run what cannot be seen", () => {
  const broken = {
    kind: "machine down",
    runtime,
    state: { state: "broken", reason: "its host agent is gone" },
  } as const;
  expect(unasked({ ...broken, passed: [] })).toMatchObject([
    { runtime: "engine", why: "the machine is broken: its host agent is gone" },
  ]);
});
