import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { expect, onTestFinished, test } from "vitest";
import type { Desired } from "../../stack/core/desire/desire.ts";
import { beginFirstStarts, finishAnswered, renewVolumes, unfinishedVolumes } from "../../stack/converge/volumes.ts";
import { stackFolder } from "../../stack/records/folder.ts";
import { sign } from "../../stack/render/signature.ts";
import { desiredOf, profileOf } from "../support/core/stack.ts";
import { fakeEngine } from "../support/fakes/engine.ts";
import { fakeRuntime } from "../support/fakes/runtime.ts";

const VOLUME = "plumbline-store-1-data";
/** A stack that was never brought up. */
const folder = stackFolder("test", "/nonexistent");
const RENEWAL = {
  kind: "renew-volumes",
  id: "renew volumes of store-1",
  after: [],
  service: "store",
  instance: "store-1",
  volumes: [VOLUME],
  containerId: undefined,
  cause: "this test",
} as const;

/** A stack whose servers fill their volumes in several steps. */
function making(): Desired {
  const desired = desiredOf(profileOf());
  const services = desired.services.map((service) => ({
    ...service,
    definition: { ...service.definition, makesVolumes: true as const },
  }));
  return { ...desired, services };
}

test("a new volume is unfinished until its server has answered, and then never again", async () => {
  const engine = fakeEngine();
  const desired = making();
  await beginFirstStarts({ engine, folder }, desired, ["store-1"]);
  const unfinished = await unfinishedVolumes(engine, desired);
  expect([...unfinished]).toEqual([["store-1", [VOLUME]]]);
  await finishAnswered(engine, { unfinished, effective: new Map([["store-1", new Map()]]) });
  expect([...(await unfinishedVolumes(engine, desired))]).toEqual([]);
  await beginFirstStarts({ engine, folder }, desired, ["store-1"]);
  expect([...(await unfinishedVolumes(engine, desired))]).toEqual([]);
});

test("a server that did not answer leaves its volume unfinished", async () => {
  const engine = fakeEngine();
  await beginFirstStarts({ engine, folder }, making(), ["store-1"]);
  const unfinished = await unfinishedVolumes(engine, making());
  await finishAnswered(engine, { unfinished, effective: new Map() });
  expect((await unfinishedVolumes(engine, making())).size).toBe(1);
});

test("a volume that was there before is never unfinished", async () => {
  const engine = fakeEngine({ volumes: [VOLUME] });
  await beginFirstStarts({ engine, folder }, making(), ["store-1"]);
  expect((await unfinishedVolumes(engine, making())).size).toBe(0);
});

test("a service whose volume any start completes has none", async () => {
  const engine = fakeEngine();
  await beginFirstStarts({ engine, folder }, desiredOf(profileOf()), ["store-1"]);
  expect(engine.world.volumes).toEqual([]);
});

test("renewing removes an unfinished volume, and refuses one that may hold data", async () => {
  const engine = fakeEngine();
  const desired = making();
  await beginFirstStarts({ engine, folder }, desired, ["store-1"]);
  const world = { engine, runtime: fakeRuntime(engine) };
  await renewVolumes(RENEWAL, world, desired);
  expect(engine.world.volumes).toEqual([]);
  engine.world.volumes.push(VOLUME);
  engine.world.unfinished.clear();
  await expect(renewVolumes(RENEWAL, world, desired)).rejects.toMatchObject({ code: "ENGINE_REFUSED" });
  expect(engine.world.volumes).toEqual([VOLUME]);
});

test("no volume is made for a person's own compose.yaml, which may name its volumes otherwise", async () => {
  const root = await mkdtemp(`${tmpdir()}/plumbline-own-`);
  onTestFinished(() => rm(root, { recursive: true }));
  const own = stackFolder("test", root);
  await mkdir(own.root, { recursive: true });
  await writeFile(own.composeFile, "services: {}\n");
  const engine = fakeEngine();
  await beginFirstStarts({ engine, folder: own }, making(), ["store-1"]);
  expect(engine.world.volumes).toEqual([]);
  await writeFile(own.composeFile, sign("compose.yaml", "services: {}\n"));
  await beginFirstStarts({ engine, folder: own }, making(), ["store-1"]);
  expect(engine.world.volumes).toEqual([VOLUME]);
});
