import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { PlumblineError } from "../../stack/core/errors.ts";
import { interrupted, pause, throwIfAborted, withDeadline } from "../../stack/host/deadline.ts";

const LONG_MS = 60_000;
const never = new Promise<never>(() => {});

const STOPPED = fileURLToPath(new URL("../support/core/stopped.ts", import.meta.url));

describe("work with a deadline", () => {
  test("must not count the time in which the process was stopped", { timeout: LONG_MS }, async () => {
    const child = execa("node", ["--import", "tsx", STOPPED], { stdin: "pipe" });
    await once(child.stdout, "data");
    child.kill("SIGSTOP");
    await sleep(3_000);
    child.stdin.write("answered");
    child.kill("SIGCONT");
    expect((await child).stdout).toBe("waiting\nanswered");
  });

  test("must settle as the work does", async () => {
    expect(await withDeadline(Promise.resolve(7), LONG_MS, "no answer")).toBe(7);
    await expect(withDeadline(Promise.reject(new Error("broken")), LONG_MS, "no answer")).rejects.toThrow("broken");
  });

  test("must reject when its time is over, and say what was waited for", async () => {
    await expect(withDeadline(never, 20, "the server did not answer")).rejects.toThrow(
      "the server did not answer within 20 ms",
    );
  });

  test("must not let a later failure of the work end the process", async () => {
    const late = sleep(30).then(() => Promise.reject(new Error("too late")));
    await expect(withDeadline(late, 5, "no answer")).rejects.toThrow("no answer within 5 ms");
    await expect(late).rejects.toThrow("too late");
  });

  test("must end at once when the run is interrupted", async () => {
    const controller = new AbortController();
    const waiting = withDeadline(never, LONG_MS, "no answer", controller.signal);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: "INTERRUPTED", exitCode: 130 });
  });

  test("must give the result of work that is done, also under a signal that never comes", async () => {
    expect(await withDeadline(Promise.resolve("done"), LONG_MS, "no answer", new AbortController().signal)).toBe(
      "done",
    );
  });
});

describe("a pause", () => {
  test("must pass", async () => {
    await expect(pause(1, new AbortController().signal)).resolves.toBeUndefined();
  });

  test("must end as INTERRUPTED when the run is, also when it was before", async () => {
    const controller = new AbortController();
    const waiting = pause(LONG_MS, controller.signal);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: "INTERRUPTED" });
    await expect(pause(LONG_MS, controller.signal)).rejects.toMatchObject({ code: "INTERRUPTED" });
  });
});

describe("a run that was ended", () => {
  test("must say why: the error that ended it, or that it was interrupted", () => {
    const reason = new PlumblineError("DISK_FULL", { what: "", why: "", fix: "" });
    expect(interrupted(AbortSignal.abort(reason))).toBe(reason);
    expect(interrupted(AbortSignal.abort()).code).toBe("INTERRUPTED");
  });

  test("must not go on", () => {
    expect(() => throwIfAborted(AbortSignal.abort())).toThrow(PlumblineError);
    expect(() => throwIfAborted(new AbortController().signal)).not.toThrow();
  });
});
