import { beforeEach, describe, expect, test } from "vitest";
import { awaitQuiet, type QuietOptions } from "../../stack/commands/quiet.ts";
import type { MachineLook } from "../../stack/core/machine/look.ts";
import type { Progress } from "../../stack/core/progress.ts";

const QUIET: MachineLook = { cpus: 2, otherCores: 0, stealCores: 0, own: [], others: [] };
const BUSY: MachineLook = { ...QUIET, otherCores: 1.2, others: [{ name: "cc1", cores: 1.1 }] };
const NOISE = "others use 1.2 of 2 cpus: cc1 1.1";
const LOOK_MS = 3_000;

const events: Progress[] = [];
beforeEach(() => {
  events.length = 0;
});

/** A machine that is as `looks` say, one after the other, the last for ever; its clock moves while it is looked at. */
function machine(looks: readonly (MachineLook | undefined)[]) {
  let atMs = 0;
  let looked = 0;
  const look = async () => {
    atMs += LOOK_MS;
    looked += 1;
    return looks[Math.min(looked, looks.length) - 1];
  };
  return {
    look,
    now: () => atMs,
    signal: new AbortController().signal,
    report: (event: Progress) => events.push(event),
  };
}

const wait = (options: Partial<QuietOptions>, looks: readonly (MachineLook | undefined)[]) =>
  awaitQuiet({ anyway: false, waitS: 12, ...options }, machine(looks));

describe("before a baseline is recorded", () => {
  test("a quiet machine is not waited for", async () => {
    expect(await wait({}, [QUIET])).toBeUndefined();
    expect(events.at(-1)).toEqual({ kind: "step-done", id: "quiet", detail: "quiet" });
  });

  test("a busy machine is waited for until it is quiet, and who uses how much is said", async () => {
    expect(await wait({}, [BUSY, BUSY, BUSY, QUIET])).toBeUndefined();
    expect(events).toContainEqual({
      kind: "step-started",
      id: "quiet",
      title: "wait for a quiet machine",
      because: NOISE,
    });
    const details = events.flatMap((event) => (event.kind === "step-progress" ? [event.detail] : []));
    expect(details).toEqual([12, 9, 6].map((seconds) => `${seconds} s more at most: ${NOISE}`));
  });

  test("one that stays busy is refused, with what was seen and how to record all the same", async () => {
    await expect(wait({}, [BUSY])).rejects.toMatchObject({
      code: "BASELINE_NOISY",
      why: NOISE,
      fix: "End what uses the machine, or wait longer with --wait <seconds>; --anyway records at once and marks what is disturbed",
      details: { noise: NOISE, waitedS: 12 },
    });
  });

  test("no time to wait means one look", async () => {
    await expect(wait({ waitS: 0 }, [BUSY, QUIET])).rejects.toMatchObject({ code: "BASELINE_NOISY" });
  });

  test("--anyway waits for nothing, and gives what disturbs", async () => {
    expect(await wait({ anyway: true }, [BUSY, QUIET])).toBe(NOISE);
    expect(events.at(-1)).toMatchObject({ kind: "warning" });
    expect(await wait({ anyway: true }, [QUIET])).toBeUndefined();
  });

  test("on a terminal a person decides, and a no means waiting", async () => {
    const asked: string[] = [];
    const answering = (answer: boolean) => async (question: string) => {
      asked.push(question);
      return answer;
    };
    expect(await wait({ confirm: answering(true) }, [BUSY])).toBe(NOISE);
    expect(await wait({ confirm: answering(false) }, [BUSY, BUSY, QUIET])).toBeUndefined();
    expect(asked).toHaveLength(2);
    expect(asked[0]).toContain(NOISE);
  });

  test("a machine that cannot be looked at holds nothing up", async () => {
    expect(await wait({}, [undefined])).toBeUndefined();
  });

  test("a signal ends the wait", async () => {
    const controller = new AbortController();
    const busy = machine([BUSY]);
    const look = async () => {
      if (busy.now() >= 2 * LOOK_MS) controller.abort(new Error("ended by SIGINT"));
      return busy.look();
    };
    const waiting = awaitQuiet({ anyway: false, waitS: 100 }, { ...busy, look, signal: controller.signal });
    await expect(waiting).rejects.toThrow("ended by SIGINT");
  });
});
