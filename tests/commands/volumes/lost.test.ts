import { expect, test } from "vitest";
import { leftParts } from "../../../stack/commands/volumes/lost.ts";
import { registry } from "../../../stack/services/index.ts";
import { desiredOf, profileOf } from "../../support/core/stack.ts";
import { fakeEngine } from "../../support/fakes/engine.ts";
import { projectName } from "../../../stack/core/stack-names.ts";

const volumesOf = (stack: string, names: readonly string[]) =>
  names.map((name) => `${projectName(stack)}-${name}-data`);

test.each([
  [1, ["redis-1", "redis-2", "redis-3", "mysql"], ["redis-2", "redis-3"]],
  [3, ["redis-1", "redis-2", "redis-3"], []],
  [1, ["redis-1", "mysql"], []],
] as const)("%i nodes with the volumes of %j: those of %j are named", async (nodes, present, named) => {
  const desired = desiredOf(profileOf({ services: { redis: { nodes } } }), { registry });
  const engine = fakeEngine({ volumes: [...volumesOf(desired.stack, present)] });
  const found = await leftParts(engine, desired);
  expect(found).toHaveLength(named.length === 0 ? 0 : 1);
  for (const volume of volumesOf(desired.stack, named)) expect(found[0]).toContain(volume);
  for (const text of found) expect(text).toContain("services.redis.nodes");
});
