import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { WAIT_DEADLINE_MS } from "../../../stack/converge/execution/wait.ts";
import { PlumblineError } from "../../../stack/core/errors.ts";
import { services } from "../../../stack/services/index.ts";
import { failure, pooled, scene } from "../../support/fakes/executor-scene.ts";
import { profileOf } from "../../support/core/stack.ts";

// The deadlines themselves, without their length.
beforeEach(() => vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => vi.useRealTimers());

const PART_MS = 1_000;

/** Lets the time of all deadlines pass, until the work has ended. */
async function passTime<Result>(work: Promise<Result>): Promise<Result> {
  const over = new AbortController();
  const ended = work.finally(() => over.abort());
  ended.catch(() => undefined); // is heard by the caller
  while (!over.signal.aborted) {
    await vi.advanceTimersByTimeAsync(PART_MS);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return ended;
}

/** A stack that starts, whose one-time steps take a while, and how many attempts ran at once. */
function slowSteps(stepMs: number, end: () => void = () => {}) {
  const { world, run } = scene(pooled, () => {}, profileOf({ services: {} }));
  const attempts = { running: 0, most: 0, all: 0 };
  world.intercept = async (event) => {
    if (event !== "prepare store") return;
    attempts.all += 1;
    attempts.running += 1;
    attempts.most = Math.max(attempts.most, attempts.running);
    if (attempts.running > 1) throw new PlumblineError("PREPARE_FAILED", { what: "two at once", why: "", fix: "" });
    await new Promise((resolve) => setTimeout(resolve, stepMs));
    attempts.running -= 1;
    end();
  };
  return { world, run, attempts };
}

describe("one-time steps", () => {
  test("that take half a minute must be let finish, by one attempt", async () => {
    const { run, attempts } = slowSteps(30_000);
    const { traces } = await passTime(run());
    expect(traces.map(({ service }) => service)).toContain("store");
    expect(attempts).toEqual({ running: 0, most: 1, all: 1 });
  });

  test("that fail after half a minute must fail with their own reason", async () => {
    const why = "its nodes do not reach each other: certificate has expired";
    const { run, attempts } = slowSteps(30_000, () => {
      throw new PlumblineError("PREPARE_FAILED", { what: "The cluster cannot be formed", why, fix: "Look." });
    });
    const { error } = await failure(passTime(run()));
    expect(error).toMatchObject({ code: "PREPARE_FAILED", why });
    expect(attempts).toEqual({ running: 0, most: 1, all: 1 });
  });
});

test("no one-time step may take longer than the wait for its service", async () => {
  for (const service of services) {
    const { longestStepMs = 0 } = await service.configure({}).live();
    expect(longestStepMs).toBeLessThan(WAIT_DEADLINE_MS);
  }
});
