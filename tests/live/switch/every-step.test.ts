/**
 * A fault at the step boundaries of a switch of all services; the data of a user are byte for byte as before, each time.
 * The places are after the first action of each kind and after the last one; PLUMBLINE_EVERY_STEP, which
 * `npm run bench:every-step` sets, makes it every action.
 */
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { PlumblineError } from "../../../stack/core/errors.ts";
import type { Action } from "../../../stack/core/plan/action.ts";
import { switchStack } from "../../../stack/commands/switch.ts";
import { PROJECT } from "../../support/live/cli.ts";
import { describeStack, makeStack, type Stack } from "../../support/live/stack.ts";
import { digest, plant } from "../../support/live/user-data.ts";

const NARROW = "extends: dev\ndescription: every service\n";
/** Every limit, and settings of every service: live ones, and one that restarts PostgreSQL. */
const WIDE = "extends: dev\ndescription: every service, with more room\nmachine: { memory: 10 GiB }\n";
/** Files, limits and settings of seven containers. */
const FEWEST_ACTIONS = 20;
const EVERY_ACTION = process.env["PLUMBLINE_EVERY_STEP"] !== undefined;
const TEST_DEADLINE_MS = 600_000;

await describeStack("a switch of every service", () => {
  let stack: Stack;
  let data: Awaited<ReturnType<typeof digest>>;
  /** Numbers of actions after which the way there is ended, and the way back. */
  let there: readonly number[];
  let back: readonly number[];

  beforeAll(async () => {
    stack = await makeStack(NARROW);
    await stack.up();
    await plant(stack);
    data = await digest(stack);
    there = placesIn(await switchTo(WIDE));
    back = placesIn(await switchTo(NARROW));
  });
  afterAll(() => stack.close());

  /** Resolves the actions of a switch. Rejects with the error of one that fails after `place` of them. */
  const switchTo = async (profile: string, place?: number): Promise<readonly Action[]> => {
    await stack.setProfile(profile);
    const actions: Action[] = [];
    const done = (action: Action) => {
      actions.push(action);
      if (actions.length === place) throw new Error("injected");
    };
    const options = { stack: stack.name, profile: stack.profile, provision: false, keepFailed: false };
    const controls = { report: () => undefined, signal: new AbortController().signal, done };
    await switchStack({ ...options, confirm: async () => true }, controls, async () => "not measured");
    return actions;
  };

  const killAt = (place: number) =>
    execa("node", ["--import", "tsx", "tests/support/live/killed-switch.ts", stack.name, stack.profile, `${place}`], {
      cwd: PROJECT,
      reject: false,
    });

  test(
    "that fails after one of its actions is put back and proved",
    async () => {
      for (const place of there) {
        const outcome: unknown = await switchTo(WIDE, place).catch(
          (error: PlumblineError) => error.details["putBack"] ?? error,
        );
        expect(outcome, `after ${place} actions`).toMatchObject({ left: [] });
        expect(await digest(stack), `after ${place} actions`).toEqual(data);
      }
      await stack.setProfile(NARROW);
      expect((await stack.up()).plan).toEqual([]);
    },
    TEST_DEADLINE_MS,
  );

  test(
    "that is killed after one of its actions is completed by the next up, which proves it",
    async () => {
      for (const [side, place] of inTurns(there, back)) {
        await stack.setProfile(side === "there" ? WIDE : NARROW);
        expect((await killAt(place)).signal, `after ${place} actions ${side}`).toBe("SIGKILL");
        await stack.up();
        expect(await digest(stack), `after ${place} actions ${side}`).toEqual(data);
      }
      expect((await stack.up()).plan).toEqual([]);
    },
    TEST_DEADLINE_MS,
  );
});

function placesIn(actions: readonly Action[]): readonly number[] {
  expect(actions.length).toBeGreaterThan(FEWEST_ACTIONS);
  const kinds = actions.map(({ kind }) => kind);
  const chosen = kinds.flatMap((kind, index) =>
    EVERY_ACTION || index === kinds.length - 1 || kinds.indexOf(kind) === index ? [index + 1] : [],
  );
  process.stderr.write(`a switch of ${kinds.length} actions is ended after ${chosen.join(", ")}\n`);
  return chosen;
}

/** A place of the way there and one of the way back in turn: each starts where the one before it ended. */
function inTurns(there: readonly number[], back: readonly number[]): readonly (readonly ["there" | "back", number])[] {
  const turns = Array.from({ length: Math.max(there.length, back.length) }, (_, index) => index);
  return turns.map((index) => {
    const [side, places] = index % 2 === 0 ? (["there", there] as const) : (["back", back] as const);
    return [side, places[index] ?? places.at(-1) ?? 0];
  });
}
