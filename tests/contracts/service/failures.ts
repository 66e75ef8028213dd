/** What every service promises of the log lines whose meaning it knows. */
import { describe, expect, test } from "vitest";
import { exitError } from "../../../stack/converge/exited.ts";
import type { KnownFailure } from "../../../stack/core/service/service.ts";
import { containerOf } from "../../support/core/container.ts";

/** As long as servers have been seen to write a line. */
const LINE_BYTES = 64 * 1024;
const EXITED = containerOf({ state: "exited", exitCode: 1 });

/** A pattern that reads the line once takes about a millisecond; one that starts over at each place takes seconds. */
const MOST_CPU_MS = 150;

export function failureContract(failures: readonly KnownFailure[]): void {
  describe("its known failures", () => {
    test("say what failed and how to fix it", () => {
      for (const { what, fix } of failures) {
        expect(what.trim()).not.toBe("");
        expect(fix.trim()).not.toBe("");
      }
    });

    test("have patterns without a memory: a line matches or does not, however often it is asked", () => {
      for (const { pattern } of failures) expect(pattern.flags).not.toMatch(/[gy]/);
    });

    test("are looked for in a line of 64 KiB without making a person wait", () => {
      for (const { pattern } of failures) {
        for (const line of hostileLines(pattern)) {
          const cpuMs = cpuMsOf(() => exitError(EXITED, [line], failures));
          expect(cpuMs, `${pattern.source} in ${line.slice(0, 40)}…`).toBeLessThan(MOST_CPU_MS);
        }
      }
    });
  });
}

/** Lines of what the pattern begins with, over and over, and of what is repeated in any log. */
function hostileLines({ source }: RegExp): readonly string[] {
  const words = source.split(/\\[a-zA-Z]|[.*+?^$|()[\]{}\\]+/).filter((word) => word.length > 1);
  return [...words, "a", " ", "0", '"', "a "].map((word) => word.repeat(Math.ceil(LINE_BYTES / word.length)));
}

/** Of this process: what others do on a busy machine does not count. */
function cpuMsOf(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user } = process.cpuUsage(before);
  return user / 1000;
}
