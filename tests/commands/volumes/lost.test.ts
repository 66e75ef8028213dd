import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { afterEach, expect, test } from "vitest";
import { leftParts, lostVolumes, noteProved } from "../../../stack/commands/volumes/lost.ts";
import { registry } from "../../../stack/services/index.ts";
import { desiredOf, profileOf } from "../../support/core/stack.ts";
import { fakeEngine } from "../../support/fakes/engine.ts";
import { projectName } from "../../../stack/core/stack-names.ts";
import { stackFolder } from "../../../stack/records/folder.ts";

const folders: string[] = [];
afterEach(async () => {
  for (const path of folders.splice(0)) await rm(path, { recursive: true, force: true });
});

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

test("a volume that held data is gone if no volume has its name; one that a person restored is there", async () => {
  const root = await mkdtemp(`${tmpdir()}/plumbline-lost-volumes-`);
  folders.push(root);
  const folder = stackFolder("test", root);
  const desired = desiredOf(profileOf({ services: { redis: { nodes: 3 } } }), { registry });
  await mkdir(folder.root, { recursive: true });
  await noteProved(desired, folder);
  const [first = "", second = "", third = ""] = volumesOf(desired.stack, ["redis-1", "redis-2", "redis-3"]);
  const engine = fakeEngine({ volumes: [first], restored: [second] });
  const lost = await lostVolumes(engine, desired, folder);
  expect(lost).toEqual([`redis-3 starts new and empty: its volume ${third}, which held data, is gone`]);
});

test("a restored volume of a node that the profile lacks must be named as data that is not served", async () => {
  const desired = desiredOf(profileOf({ services: { redis: { nodes: 1 } } }), { registry });
  const [second = ""] = volumesOf(desired.stack, ["redis-2"]);
  const [text] = await leftParts(fakeEngine({ restored: [second] }), desired);
  expect(text).toContain(second);
});
