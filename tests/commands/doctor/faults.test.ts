import { afterEach, describe, expect, test } from "vitest";
import { FOUND, UNKNOWN } from "./faults.ts";
import { doctorWorld, lookAt, type DoctorWorld } from "./world.ts";

const TIMEOUT_MS = 30_000;

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

const world = () => doctorWorld((cleanup) => cleanups.push(cleanup));

/** The findings of a world by check that are not ok; a stack that was never measured has no baseline. */
async function notWell(at: DoctorWorld) {
  const found = await lookAt(at);
  return found.filter(({ check, status }) => status !== "ok" && check !== "baseline");
}

test("a computer without a fault has nothing to say", async () => {
  expect(await notWell(await world())).toEqual([]);
});

test("a setting that nobody knows keeps no other check from its look", async () => {
  const at = await world();
  await FOUND.find(({ fault }) => fault === "a given setting that no image in sight knows")?.arrange(at);
  expect((await notWell(at)).map(({ check }) => check)).toEqual(["budget"]);
});

describe("what can be known is named by its check", () => {
  test.for(FOUND)("$moment: $fault ($check)", { timeout: TIMEOUT_MS }, async ({ arrange, ...fault }) => {
    const at = await world();
    await arrange(at);
    const found = (await notWell(at)).filter(({ check, status }) => check === fault.check && status === fault.status);
    const text = found.map((each) => each.found).join("\n");
    if (typeof fault.says === "string") expect(text).toContain(fault.says);
    else expect(text).toMatch(fault.says);
    for (const { remedy } of found) expect(remedy).toMatch(/\w/);
    const repairs = found.filter(({ repair }) => repair !== undefined);
    expect(repairs).toHaveLength(fault.mends === true ? found.length : 0);
    for (const { repair } of repairs) await repair?.();
    if (fault.mends === true) expect((await notWell(at)).filter(({ check }) => check === fault.check)).toEqual([]);
  });
});

test("what cannot be known before says why, and no fault stands twice", () => {
  for (const { why } of UNKNOWN) expect(why).toMatch(/\w/);
  const all = [...FOUND, ...UNKNOWN].map(({ fault }) => fault);
  expect(new Set(all).size).toBe(all.length);
});
