import { afterAll, beforeAll, expect, test } from "vitest";
import type { PlumblineError } from "../../../stack/core/errors.ts";
import type { UpControls } from "../../../stack/commands/request/up-options.ts";
import { switchStack } from "../../../stack/commands/switch.ts";
import { redisCommand, sql } from "../../support/live/clients.ts";
import { SMALL } from "../../support/live/profiles.ts";
import { describeStack, makeStack, type Stack } from "../../support/live/stack.ts";

/** Every limit and most settings are others; nothing needs a new container. */
const LARGER = SMALL.replace("memory: 2 GiB", "memory: 4 GiB");
/** Fails after this many actions: between files, and between changes of containers. */
const PLACES = [1, 2, 3, 4, 5];

await describeStack("a switch in which a step fails", () => {
  let stack: Stack;
  const attempt = (keepFailed: boolean, done: NonNullable<UpControls["done"]>) => {
    const options = { stack: stack.name, profile: stack.profile, provision: false, keepFailed };
    const controls = { report: () => undefined, signal: new AbortController().signal, done };
    return switchStack({ ...options, confirm: async () => true }, controls, async () => "measured");
  };
  const failAt = (place: number, keepFailed = false) => {
    let count = 0;
    return attempt(keepFailed, () => {
      count += 1;
      if (count === place) throw new Error("injected");
    });
  };
  const data = async () => ({
    row: await sql(stack, "select value from kept", { database: "app" }),
    key: await redisCommand(stack, ["GET", "kept"]),
  });

  beforeAll(async () => {
    stack = await makeStack(SMALL);
    await stack.up();
    await sql(stack, "create table kept (value text)", { database: "app" });
    await sql(stack, "insert into kept values ('still here')", { database: "app" });
    await redisCommand(stack, ["SET", "kept", "still here"]);
  });
  afterAll(() => stack.close());

  test.for(PLACES)("after %i actions leaves the old values in force and proved, and every datum", async (place) => {
    const before = await data();
    await stack.setProfile(LARGER);
    const failure: PlumblineError = await failAt(place).then(
      () => expect.fail("the switch did not fail"),
      (error: PlumblineError) => error,
    );
    expect(failure.details["putBack"]).toMatchObject({ profile: stack.profile, left: [] });
    expect(failure.why).toContain("was put back and proved");
    await stack.setProfile(SMALL);
    expect((await stack.up()).plan).toEqual([]);
    expect(await data()).toEqual(before);
  });

  test("with --keep-failed is left as it is, and the next run completes it", async () => {
    await stack.setProfile(LARGER);
    await expect(failAt(4, true)).rejects.toThrow("injected");
    expect((await stack.up()).plan).not.toEqual([]);
    expect((await stack.up()).plan).toEqual([]);
  });

  test("that does not fail is proved, makes no container anew, and tells what the restart interrupted", async () => {
    const before = await stack.seen();
    await stack.setProfile(SMALL);
    const { result: switched } = await attempt(false, () => undefined);
    expect(switched.interruptions).toMatchObject([{ instance: "postgres", held: ["pgbouncer"] }]);
    const after = await stack.seen();
    for (const [instance, { id }] of Object.entries(before)) expect(after[instance]?.id).toBe(id);
  });
});
