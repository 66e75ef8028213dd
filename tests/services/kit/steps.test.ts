import { describe, expect, test } from "vitest";
import { messageOf } from "../../../stack/core/errors.ts";
import { byLooking, type Step } from "../../../stack/services/kit/steps.ts";
import { NO_GRANTS } from "../../support/core/steps.ts";

/** A server that lacks what it is told to lack, until the step for it is taken. */
class Server {
  readonly missing: Set<string>;

  constructor(...missing: readonly string[]) {
    this.missing = new Set(missing);
  }

  look(): readonly Step[] {
    return [...this.missing].map((name) => ({
      lacks: `make ${name}`,
      done: `made ${name}`,
      take: async () => {
        if (name === "broken") throw new Error("it cannot be made");
        this.missing.delete(name);
      },
    }));
  }
}

const halfOf = (server: Server) =>
  byLooking(
    async () => server.look(),
    (cause, done) => new Error(`${messageOf(cause)}; ${done.join(", ")}`),
  );

describe("one-time steps", () => {
  test("must be told without being taken", async () => {
    const server = new Server("a", "b");
    expect(await halfOf(server).lacks([], NO_GRANTS)).toEqual(["make a", "make b"]);
    expect([...server.missing]).toEqual(["a", "b"]);
  });

  test("must be taken in their order, once", async () => {
    const half = halfOf(new Server("a", "b"));
    expect(await half.prepare([], NO_GRANTS)).toEqual(["made a", "made b"]);
    expect(await half.prepare([], NO_GRANTS)).toEqual([]);
    expect(await half.lacks([], NO_GRANTS)).toEqual([]);
  });

  test("must say what was done when one fails, and leave the rest for the next run", async () => {
    const server = new Server("a", "broken", "c");
    await expect(halfOf(server).prepare([], NO_GRANTS)).rejects.toThrow("it cannot be made; made a");
    expect([...server.missing]).toEqual(["broken", "c"]);
  });
});
