import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createReporter } from "../../../stack/report/text/progress.ts";
import type { Reporter } from "../../../stack/report/text/progress.ts";

let written: string;
let reporter: Reporter;

beforeEach(() => {
  vi.useFakeTimers();
  written = "";
  const stream = new PassThrough().setEncoding("utf8");
  stream.on("data", (text: string) => (written += text));
  reporter = createReporter(stream, false);
});

afterEach(() => {
  reporter.stop();
  vi.useRealTimers();
});

describe("Without a terminal", () => {
  test("a long step says what it is at, every 15 s", () => {
    const { report } = reporter;
    report({ kind: "step-started", id: "phase:images", title: "images" });
    report({ kind: "step-started", id: "image:a", title: "image of a", because: "it is not in the engine" });
    report({ kind: "step-progress", id: "image:a", detail: "Unpacking a (1.2)" });
    vi.advanceTimersByTime(15_000);
    report({ kind: "step-progress", id: "image:a", detail: "Setting up a (1.2)" });
    vi.advanceTimersByTime(15_000);
    expect(written.split("\n")).toEqual([
      "… image of a (it is not in the engine)",
      "… image of a: Unpacking a (1.2) (15 s so far)",
      "… image of a: Setting up a (1.2) (30 s so far)",
      "",
    ]);
  });

  test("a step that has nothing to tell is named all the same", () => {
    reporter.report({ kind: "step-started", id: "wait:a", title: "wait for a" });
    vi.advanceTimersByTime(15_000);
    expect(written).toBe("… wait for a (15 s so far)\n");
  });

  test("other lines put the next sign of life off", () => {
    const { report } = reporter;
    report({ kind: "step-started", id: "wait:a", title: "wait for a" });
    vi.advanceTimersByTime(14_000);
    report({ kind: "note", text: "a note" });
    vi.advanceTimersByTime(14_000);
    expect(written).toBe("· a note\n");
  });

  test("nothing is said when nothing is going on, or after the end", () => {
    vi.advanceTimersByTime(60_000);
    reporter.report({ kind: "step-started", id: "wait:a", title: "wait for a" });
    reporter.stop();
    vi.advanceTimersByTime(60_000);
    expect(written).toBe("");
  });
});
