import { PassThrough } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createReporter } from "../../../stack/report/text/progress.ts";
import type { Reporter } from "../../../stack/report/text/progress.ts";

const ESCAPE = "\u001B[";

let written: string;
let reporter: Reporter;

beforeEach(() => {
  vi.useFakeTimers();
  written = "";
  const stream = new PassThrough().setEncoding("utf8");
  stream.on("data", (text: string) => (written += text));
  reporter = createReporter(stream, { live: false, coloured: false });
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

  test("a step that knows how far it is says so every 5 s, and not at each of its events", () => {
    const { report } = reporter;
    report({ kind: "step-started", id: "bench", title: "Benchmarks" });
    for (let block = 1; block <= 24; block += 1) {
      vi.advanceTimersByTime(500);
      report({ kind: "step-progress", id: "bench", detail: `block ${block} of 24`, share: block / 24 });
    }
    expect(written.split("\n")).toEqual([
      "… Benchmarks: block 10 of 24 (5 s so far)",
      "… Benchmarks: block 20 of 24 (10 s so far)",
      "",
    ]);
  });

  test("what events quote is no command to a terminal, and is cut between two characters", () => {
    const { report } = reporter;
    report({ kind: "step-started", id: "image:a", title: "image\u0007", because: "\u001B[2J" });
    report({ kind: "step-progress", id: "image:a", detail: `${"x".repeat(159)}🦉 \u001B[31m` });
    vi.advanceTimersByTime(15_000);
    report({ kind: "step-done", id: "image:a", detail: `\u001B[31m${"x".repeat(154)}🦉` });
    report({ kind: "step-failed", id: "b", reason: "\u009B2J" });
    report({ kind: "note", text: "half\r" });
    report({ kind: "warning", text: "\u202E".repeat(2) });
    expect(written.split("\n")).toEqual([
      "… image\uFFFD (\uFFFD[2J)",
      `… image\uFFFD: ${"x".repeat(159)} (15 s so far)`,
      `✓ image\uFFFD (15 s): \uFFFD[31m${"x".repeat(154)} …`,
      "✗ b: \uFFFD2J",
      "· half\uFFFD",
      "! \uFFFD\uFFFD",
      "",
    ]);
  });

  test("nothing is said when nothing is going on, or after the end", () => {
    vi.advanceTimersByTime(60_000);
    reporter.report({ kind: "step-started", id: "wait:a", title: "wait for a" });
    reporter.stop();
    vi.advanceTimersByTime(60_000);
    expect(written).toBe("");
  });
});

/** A terminal as far as the live line uses it. */
class Terminal extends PassThrough {
  readonly isTTY = true;
  columns = 80;
  rows = 24;
  readonly cursorTo = (): boolean => true;
  readonly moveCursor = (): boolean => true;
  readonly clearLine = (): boolean => true;
}

describe("On a terminal", () => {
  test("that takes nothing the live line stops, so that its frames are not kept", async () => {
    vi.useRealTimers();
    const terminal = new Terminal({ highWaterMark: 64 }); // read by nobody
    const live = createReporter(terminal, { live: true, coloured: false });
    live.report({ kind: "step-started", id: "a", title: "start a" });
    await expect.poll(() => terminal.writableNeedDrain, { timeout: 20_000 }).toBe(true);
    const grown = async () => {
      const before = terminal.writableLength;
      await sleep(500); // six frames
      return terminal.writableLength - before;
    };
    await expect.poll(grown, { timeout: 20_000 }).toBe(0);
    live.stop();
  });

  test("the live line goes when the columns go, and comes back with them", async () => {
    vi.useRealTimers();
    const terminal = new Terminal().setEncoding("utf8");
    let shown = "";
    terminal.on("data", (text: string) => (shown += text));
    const live = createReporter(terminal, { live: true, coloured: false });
    const resize = async (columns: number) => {
      terminal.columns = columns;
      terminal.emit("resize");
      await new Promise((resolve) => {
        setImmediate(resolve); // the stream hands on what was written
      });
      shown = "";
    };
    live.report({ kind: "step-started", id: "a", title: "start a" });
    await expect.poll(() => shown, { timeout: 20_000 }).toContain("start a");
    await resize(0);
    live.report({ kind: "step-progress", id: "a", detail: "hidden" });
    live.report({ kind: "note", text: "a note" });
    await expect.poll(() => shown).toContain("· a note\n");
    expect(shown).not.toContain("start a");
    await resize(80);
    live.report({ kind: "step-progress", id: "a", detail: "seen" });
    await expect.poll(() => shown).toContain("start a: seen");
    live.stop();
    expect(shown).not.toContain(`${ESCAPE}36m`);
  });
});
