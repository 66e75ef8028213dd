import { expect, test } from "vitest";
import { canProvide, noRuntime } from "../../../stack/commands/request/no-runtime.ts";
import { readWanted } from "../../../stack/commands/request/request.ts";
import type { Unusable } from "../../../stack/runtimes/index.ts";

const wanted = await readWanted({ stack: "never-was", profile: "minimal", runtime: "engine" });
const silent: Unusable = { runtime: "engine", why: "no such socket (DOCKER_HOST)", fix: "Unset it.", absent: false };
const missing: Unusable = { runtime: "colima", why: "colima is not installed", fix: "Install it.", absent: true };

const INSTALLS = "`npm run up` installs one";

test("`up` is named as who installs an engine where there is none", () => {
  expect(canProvide([missing])).toBe(true);
  expect(noRuntime([missing], wanted).fix).toContain(INSTALLS);
});

test("`up` is not named where an engine is there or named, which it would not replace", () => {
  expect(canProvide([silent, missing])).toBe(false);
  expect(noRuntime([silent, missing], wanted).fix).toBe("engine: Unset it.\ncolima: Install it.");
});

test("`up` does not name itself after it found nothing to install", () => {
  expect(noRuntime([missing], wanted, false).fix).toBe("colima: Install it.");
});
