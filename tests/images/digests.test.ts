import { beforeEach, describe, expect, test } from "vitest";
import type { Progress } from "../../stack/core/progress.ts";
import type { ImageSpec } from "../../stack/core/service/image.ts";
import type { RegistryPlace } from "../../stack/core/service/reference.ts";
import { obtainAll } from "../../stack/images/policy.ts";
import { fakeImages, type FakeImages } from "../support/fakes/engine-images.ts";
import { fakeLock, type FakeLock } from "../support/fakes/image-lock.ts";
import { containing } from "../support/images/matching.ts";

const thing: ImageSpec = { sources: [{ kind: "registry", reference: "thing:1.2" }] };

let store: FakeImages;
let lock: FakeLock;
let events: Progress[];
beforeEach(() => {
  store = fakeImages();
  lock = fakeLock();
  events = [];
});

const nothingBuilt = () => Promise.reject(new Error("a registry has it"));

async function pull(registryPlace: RegistryPlace = "") {
  const ending = new AbortController();
  const outcomes = await obtainAll(new Map([["thing", thing]]), {
    policy: "registry",
    registryPlace,
    services: "/nowhere",
    store,
    lock,
    editions: "any",
    report: (event) => events.push(event),
    signal: ending.signal,
    end: (reason) => ending.abort(reason),
    baseMaker: nothingBuilt,
    build: nothingBuilt,
  });
  return outcomes.get("thing");
}

describe("The digests of the lock file", () => {
  const digest = `sha256:${"a".repeat(64)}`;
  const later = `sha256:${"b".repeat(64)}`;

  test("are noted when a tag is first pulled, and the image is pulled and named by its digest", async () => {
    store.registry.add("thing:1.2");
    store.digests.set("thing:1.2", digest);
    expect(await pull()).toMatchObject({ ok: true, image: { reference: `thing:1.2@${digest}`, version: "1.2" } });
    expect([...lock.digests]).toEqual([["thing:1.2", digest]]);
    expect([...store.images.keys()]).toEqual([`thing@${digest}`, "thing:1.2"]);
  });

  test("decide what is pulled, wherever the tag points", async () => {
    lock.digests.set("thing:1.2", digest);
    store.registry.add("thing:1.2").add(`thing:1.2@${digest}`);
    store.digests.set("thing:1.2", later);
    expect(await pull()).toMatchObject({ ok: true, image: { reference: `thing:1.2@${digest}` } });
    expect([...store.images.keys()]).toContain(`thing@${digest}`);
    expect([...lock.digests.values()]).toEqual([digest]);
  });

  test("that the registry does not have are named with the command that takes others", async () => {
    lock.digests.set("thing:1.2", digest);
    store.registry.add("thing:1.2");
    expect(await pull()).toMatchObject({ ok: false, fix: containing("npm run images -- update") });
  });

  const mirrors = new Map([["docker.io", "mirror.example/hub"]]);
  const mirrored = "mirror.example/hub/library/thing:1.2";
  const pullFromMirror = () => pull(mirrors);

  test("that a mirror does not have are told with the digest that its tag has", async () => {
    lock.digests.set("thing:1.2", digest);
    store.registry.add(mirrored);
    store.digests.set(mirrored, later);
    expect(await pullFromMirror()).toMatchObject({
      ok: false,
      reason: containing(`${mirrored} has the digest ${later} there, and ${digest} is wanted`),
    });
    expect([...lock.digests.values()]).toEqual([digest]);
  });

  test.each([
    ["has the same", digest],
    ["does not tell its own", undefined],
  ])("learned from a mirror are noted where the registry %s", async (_, upstream) => {
    store.registry.add(mirrored).add("thing:1.2");
    store.digests.set(mirrored, digest);
    if (upstream !== undefined) store.digests.set("thing:1.2", upstream);
    expect(await pullFromMirror()).toMatchObject({ ok: true, image: { reference: `${mirrored}@${digest}` } });
    expect([...lock.digests]).toEqual([["thing:1.2", digest]]);
  });

  test("learned from a mirror are not noted where the registry has another, and both are named", async () => {
    store.registry.add(mirrored).add("thing:1.2");
    store.digests.set(mirrored, digest).set("thing:1.2", later);
    expect(await pullFromMirror()).toMatchObject({ ok: true, image: { reference: mirrored } });
    expect([...lock.digests]).toEqual([]);
    expect(events).toContainEqual({
      kind: "note",
      text: `${mirrored} has the digest ${digest}, and thing:1.2 itself has ${later}: the lock file does not note it`,
    });
    expect(await pullFromMirror()).toMatchObject({ ok: true, image: { reference: mirrored } });
  });

  test("that cannot be noted leave the image usable, and say so once", async () => {
    lock.problem = "images.lock.json is read-only";
    store.registry.add("thing:1.2");
    store.digests.set("thing:1.2", digest);
    expect(await pull()).toMatchObject({ ok: true });
    expect(events).toContainEqual({ kind: "note", text: "images.lock.json is read-only" });
  });
});
