/** A fault at every step boundary of a switch of all services; the data of a user are byte for byte as before, each time. */
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { PlumblineError } from "../../../stack/core/errors.ts";
import { switchStack } from "../../../stack/commands/switch.ts";
import { PROJECT } from "../../support/live/cli.ts";
import { describeStack, makeStack, type Stack } from "../../support/live/stack.ts";
import { digest, plant } from "../../support/live/user-data.ts";

const NARROW = "extends: dev\ndescription: every service\n";
/** Every limit, and settings of every service: live ones, and one that restarts PostgreSQL. */
const WIDE = "extends: dev\ndescription: every service, with more room\nmachine: { memory: 10 GiB }\n";
/** Files, limits and settings of seven containers; more places than that are tested as they come. */
const FEWEST_PLACES = 20;
const TEST_DEADLINE_MS = 600_000;

await describeStack("a switch of every service", () => {
  let stack: Stack;
  let data: Awaited<ReturnType<typeof digest>>;

  beforeAll(async () => {
    stack = await makeStack(NARROW);
    await stack.up();
    await plant(stack);
    data = await digest(stack);
  });
  afterAll(() => stack.close());

  /** Rejects with the error of a switch that fails after `place` actions; answers how many there were if there are fewer. */
  const failAt = async (place: number): Promise<number> => {
    let count = 0;
    const done = () => {
      count += 1;
      if (count === place) throw new Error("injected");
    };
    const options = { stack: stack.name, profile: stack.profile, provision: false, keepFailed: false };
    const controls = { report: () => undefined, signal: new AbortController().signal, done };
    await switchStack({ ...options, confirm: async () => true }, controls, async () => "not measured");
    return count;
  };

  const killAt = (place: number) =>
    execa("node", ["--import", "tsx", "tests/support/live/killed-switch.ts", stack.name, stack.profile, `${place}`], {
      cwd: PROJECT,
      reject: false,
    });

  test(
    "that fails after any of its actions is put back and proved",
    async () => {
      await stack.setProfile(WIDE);
      let place = 1;
      for (; ; place += 1) {
        const outcome: unknown = await failAt(place).catch(
          (error: PlumblineError) => error.details["putBack"] ?? error,
        );
        if (typeof outcome === "number") break; // it had fewer actions, and so it succeeded
        expect(outcome, `after ${place} actions`).toMatchObject({ left: [] });
        expect(await digest(stack), `after ${place} actions`).toEqual(data);
      }
      expect(place).toBeGreaterThan(FEWEST_PLACES);
      expect((await stack.up()).plan).toEqual([]);
    },
    TEST_DEADLINE_MS,
  );

  test(
    "that is killed after any of its actions is completed by the next up, which proves it",
    async () => {
      await stack.setProfile(WIDE);
      await stack.up();
      let place = 1; // each turn takes it to the other side
      for (; ; place += 1) {
        await stack.setProfile(place % 2 === 1 ? NARROW : WIDE);
        const { exitCode, signal } = await killAt(place);
        if (exitCode === 0) break;
        expect(signal, `after ${place} actions`).toBe("SIGKILL");
        await stack.up();
        expect(await digest(stack), `after ${place} actions`).toEqual(data);
      }
      expect(place).toBeGreaterThan(FEWEST_PLACES);
      expect((await stack.up()).plan).toEqual([]);
    },
    TEST_DEADLINE_MS,
  );
});
