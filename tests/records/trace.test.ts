import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { traceSchema } from "../../stack/core/results/start-up-trace.ts";
import { newestTrace, startUpTrace, traceStart, type Start } from "../../stack/records/trace.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumbline-trace-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const START: Start = {
  wanted: { stack: "default", profileReference: "dev" },
  command: "up",
  startedAt: new Date(2026, 0, 2, 3, 4, 5),
  zero: 1000,
  phases: [{ name: "services", startedMs: 300, durationMs: 4000 }],
  traces: [
    {
      service: "store",
      waitStartedAt: 1500.4,
      createdMs: 100,
      runningMs: 200,
      firstAnswerMs: 300,
      preparedMs: 400,
      readyMs: 450,
      prepared: ["made the role"],
    },
    {
      service: "queue",
      waitStartedAt: 1500.4,
      runningMs: 0,
      firstAnswerMs: 10,
      preparedMs: 20,
      readyMs: 30,
      prepared: [],
    },
  ],
  done: [{ kind: "create-container", service: "store", instance: "store", cause: "it does not exist" }],
};

describe("the trace of a start", () => {
  test("must count from the start of the command, and leave out when a container was created that was there before", () => {
    expect(startUpTrace(START)?.services).toEqual([
      {
        service: "store",
        createdMs: 600,
        runningMs: 700,
        firstAnswerMs: 800,
        preparedMs: 900,
        readyMs: 950,
        prepared: ["made the role"],
      },
      { service: "queue", runningMs: 500, firstAnswerMs: 510, preparedMs: 520, readyMs: 530, prepared: [] },
    ]);
  });

  test("must be written under the time of the start, as its schema says", async () => {
    const saved = await traceStart(join(folder, "results"), START);
    expect(basename(saved?.path ?? "")).toBe("startup-trace-20260102-030405.json");
    const written: unknown = JSON.parse(await readFile(saved?.path ?? "", "utf8"));
    expect(traceSchema.parse(written)).toEqual(saved?.trace);
  });

  test.for([[], [{ kind: "write-file", path: "a", keepCopy: false, cause: "it differs" }]] as const)(
    "must not exist where nothing was started: %j",
    async (done) => {
      expect(await traceStart(folder, { ...START, done })).toBeUndefined();
      expect(await newestTrace(folder)).toBeUndefined();
    },
  );

  test("must be found again, the newest first; a file of another version is none", async () => {
    await traceStart(folder, START);
    const later = await traceStart(folder, { ...START, startedAt: new Date(2026, 0, 3), command: "switch" });
    expect(await newestTrace(folder)).toEqual(later?.trace);
    await writeFile(join(folder, "startup-trace-20270101-000000.json"), '{ "version": 99 }');
    expect(await newestTrace(folder)).toBeUndefined();
    await writeFile(join(folder, "startup-trace-20270101-000000.json"), "{");
    expect(await newestTrace(folder)).toBeUndefined();
  });
});
