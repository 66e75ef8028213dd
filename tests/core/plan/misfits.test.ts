import { expect, test } from "vitest";
import { misfitError } from "../../../stack/core/plan/misfits.ts";
import { planStack } from "../../../stack/core/plan/plan.ts";
import { gib, mib } from "../../../stack/core/units.ts";
import { registry } from "../../../stack/services/index.ts";
import { desiredOf, profileOf } from "../../support/core/stack.ts";
import { World } from "../../support/fakes/world.ts";

const NODES = ["redis-1", "redis-2", "redis-3"];

function stackOf(memory: number, settings: Readonly<Record<string, string>> = {}) {
  const profile = profileOf({
    machine: { cpus: 4, memory: gib(memory), disk: gib(60) },
    services: { redis: { nodes: 3, policy: "noeviction" } },
    overrides: { redis: settings },
  });
  return desiredOf(profile, { registry });
}

/** A cluster sized to 16 GiB, whose nodes hold so much, and what a plan for another stack makes of them. */
function after(desired: ReturnType<typeof stackOf>, heldMib: number, isImageNew = false) {
  const world = World.running(stackOf(16));
  for (const instance of isImageNew ? NODES : []) world.change(instance, { image: "redis:old" });
  const observed = { ...world.observe(desired), held: new Map(NODES.map((name) => [name, mib(heldMib)])) };
  const { actions } = planStack(desired, observed);
  return { kinds: new Set(actions.map(({ kind }) => kind)), error: misfitError(desired, observed, actions) };
}

const LARGE = 1000;

test("new containers with less memory than the keys need must be refused, with each node", () => {
  const { kinds, error } = after(stackOf(4), LARGE, true);
  expect(kinds).toContain("recreate-container");
  expect(error).toMatchObject({ code: "NOT_CONVERGED", details: { instances: NODES } });
  expect(error?.what).toMatch(/^Redis cannot start with a limit of .* now; nothing was changed$/);
  expect(error?.why.split("\n")).toHaveLength(NODES.length);
});

test("a live change to less must be refused too, before any other step", () => {
  const { kinds, error } = after(stackOf(4), LARGE);
  expect(kinds).toContain("apply-settings");
  expect(kinds).not.toContain("recreate-container");
  expect(error?.what).toMatch(/^Redis' maxmemory cannot become .* now; nothing was changed$/);
});

test("new containers in which the keys fit must not be refused", () => {
  expect(after(stackOf(4), 1, true)).toMatchObject({ error: undefined });
  expect(after(stackOf(16), LARGE, true)).toMatchObject({ error: undefined });
});

test("a plan that leaves the nodes as they are must not be refused, whatever they hold", () => {
  expect(after(stackOf(16), 100 * LARGE)).toMatchObject({ error: undefined });
});
