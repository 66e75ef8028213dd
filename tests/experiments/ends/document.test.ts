import { describe, expect, test } from "vitest";
import { endsDocument, endsText } from "./document.ts";
import type { Row } from "./measure.ts";

const good: Row = {
  command: "up",
  phase: "machine facts",
  way: "ctrl-c",
  outcome: "ended",
  tookMs: 400,
  exitCode: 130,
  left: [],
  lock: "free",
  halfWritten: [],
  next: "works",
};
const missed: Row = { ...good, phase: "data", outcome: "missed", note: "no such engine" };
const all = { notRun: [], notAsked: [] };

describe("the ends of commands", () => {
  test("hold if each row that was asked for is as it should be", () => {
    expect(endsDocument({ rows: [good], ...all })).toMatchObject({ ok: true, passed: 1 });
  });

  test.for<readonly [what: string, row: Row]>([
    ["late", { ...good, outcome: "late" }],
    ["with a lock that is held", { ...good, lock: "held" }],
    ["with a process that is left", { ...good, left: ["sleep 50"] }],
    ["with an exit code of a crash", { ...good, exitCode: 1 }],
    ["whose next command fails", { ...good, next: "fails" }],
  ])("do not hold with one that is %s", ([, row]) => {
    const found = endsDocument({ rows: [good, row], ...all });
    expect(found).toMatchObject({ ok: false, passed: 1, failed: 1 });
    expect(endsText(found).match(/^\s*\* /gm)).toHaveLength(1);
  });

  test("hold with the code of a result that a command may have before it hears of its end", () => {
    const row: Row = { ...good, exitCode: 1, results: [1, 2] };
    expect(endsDocument({ rows: [row], ...all })).toMatchObject({ ok: true, passed: 1 });
    expect(endsDocument({ rows: [{ ...row, exitCode: 3 }], ...all })).toMatchObject({ ok: false, failed: 1 });
  });

  test("say what was not reached, with the reason, and never as passed", () => {
    const found = endsDocument({ rows: [good, missed], ...all });
    expect(found).toMatchObject({ ok: false, passed: 1, failed: 0, missed: 1 });
    expect(endsText(found)).toContain("nothing is known of them:\n  up, data, ctrl-c: no such engine");
  });

  test("say what was not run, and which groups were not asked for", () => {
    const found = endsDocument({ rows: [good], notRun: [missed], notAsked: ["live", "colima"] });
    expect(found.ok).toBe(false);
    expect(endsText(found)).toContain("the time was over:\n  up, data, ctrl-c");
    expect(endsText(found)).toContain("Not asked for: live, colima.");
  });

  test("do not hold where nothing was run", () => {
    expect(endsDocument({ rows: [], ...all }).ok).toBe(false);
    expect(endsDocument({ rows: [missed], ...all }).ok).toBe(false);
  });
});
