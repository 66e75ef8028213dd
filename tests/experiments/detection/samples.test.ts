import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isSample, keepLine, kindOf, readLines, type Sample } from "./samples.ts";

const sample: Sample = {
  slice: "first",
  group: "faults",
  company: "disk",
  fault: "cpu",
  service: "store",
  detail: "0.4 cpus",
  verdict: "below",
  scenarios: {
    "store/read": { verdict: "below", reason: "slower", cause: "cpu limit", throughput: 500, comparisons: {} },
  },
  budgetS: 60,
  elapsedS: 58,
  complete: true,
};

let folder = "";
const path = () => join(folder, "runs.jsonl");

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumbline-samples-"));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe("the file of finished runs", () => {
  test("returns every run that was kept, and none before the first", async () => {
    expect(await readLines(path())).toEqual([]);
    await keepLine(path(), sample);
    await keepLine(path(), { ...sample, detail: "0.5 cpus" });
    expect(await readLines(path())).toEqual([sample, { ...sample, detail: "0.5 cpus" }]);
  });

  test("goes on after a kill that cut the last line off: that run is made again", async () => {
    await keepLine(path(), sample);
    await appendFile(path(), '{"slice":"fir');
    expect(await readLines(path())).toEqual([sample]);
    await keepLine(path(), { ...sample, slice: "second" });
    expect((await readLines(path())).filter(isSample).map(({ slice }) => slice)).toEqual(["first", "second"]);
    expect(await readFile(path(), "utf8")).not.toContain('"fir{');
  });

  test("is refused if it holds something else, with the place", async () => {
    await writeFile(path(), `${JSON.stringify(sample)}\n{"kind":"clean"}\n`);
    await expect(readLines(path())).rejects.toMatchObject({
      code: "WRONG_USAGE",
      what: `${path()}:2 is not a run of this experiment`,
    });
  });
});

describe("the kind of a run", () => {
  test("is what the plan counts it as; the baseline's runs count as none", () => {
    expect(kindOf(sample)).toEqual({ group: "faults", company: "disk", fault: "cpu", service: "store" });
    const { fault: _, service: __, ...clean } = sample;
    expect(kindOf({ ...clean, group: "company" })).toEqual({ group: "company", company: "disk" });
    expect(kindOf({ ...clean, group: "baseline" })).toBeUndefined();
  });
});
