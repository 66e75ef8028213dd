import { expect, test } from "vitest";
import type { ImagePolicy, ImageSpec, PackagesSource } from "../../../stack/core/service/image.ts";
import { renewEditions, renewImages } from "../../../stack/images/newer/editions.ts";
import { fakeImages } from "../../support/fakes/engine-images.ts";
import { fakeLock } from "../../support/fakes/image-lock.ts";
import { containing } from "../../support/images/matching.ts";

const packages: PackagesSource = {
  kind: "packages",
  folder: "thing/image",
  suite: "trixie",
  packages: ["thing"],
  version: { package: "thing" },
};
const SPECS: ReadonlyMap<string, ImageSpec> = new Map([
  ["a", { sources: [{ kind: "registry", reference: "a:1.2" }, packages] }],
  ["b", { sources: [{ ...packages, kind: "folder", tools: "sid", version: { fixed: "1" } }] }],
  ["c", { sources: [packages] }],
]);
const TODAY = "2026-11-30";
const digest = `sha256:${"a".repeat(64)}`;

function scene(policy: ImagePolicy) {
  const lock = fakeLock();
  const store = fakeImages();
  const input = { store, lock, policy, registryPlace: "", signal: new AbortController().signal };
  return { lock, store, input, renew: () => renewImages(SPECS, input) };
}

test("today is the edition of each suite that is built from, and what changes is told", async () => {
  const lock = fakeLock();
  lock.editions.set("sid", "2026-09-01");
  expect(await renewEditions(SPECS, "debian", lock, TODAY)).toEqual({
    editions: [
      { suite: "trixie", to: TODAY, services: ["a", "b", "c"] },
      { suite: "sid", from: "2026-09-01", to: TODAY, services: ["b"] },
    ],
    failures: [],
  });
  expect([...lock.editions]).toEqual([
    ["sid", TODAY],
    ["trixie", TODAY],
  ]);
  expect(await renewEditions(SPECS, "debian", lock, TODAY)).toEqual({ editions: [], failures: [] });
});

test("an edition never goes back, and one of no service stays", async () => {
  const lock = fakeLock();
  lock.editions.set("trixie", "2026-12-24").set("sid", "2026-09-01");
  const some = new Map([["c", { sources: [packages] }]]);
  expect(await renewEditions(some, "auto", lock, TODAY)).toEqual({ editions: [], failures: [] });
  expect([...lock.editions.values()]).toEqual(["2026-12-24", "2026-09-01"]);
});

test("a lock file that cannot be written is told", async () => {
  const lock = fakeLock();
  lock.problem = "read-only";
  const { editions, failures } = await renewEditions(SPECS, "auto", lock, TODAY);
  expect([editions, failures]).toEqual([[], ["read-only", "read-only"]]);
});

test("with builds alone no registry is asked", async () => {
  const { store, renew } = scene("debian");
  store.outage = "no such host";
  expect(await renew()).toMatchObject({ renewed: [], failures: [], editions: [{ suite: "trixie" }, { suite: "sid" }] });
  expect(store.asked).toEqual([]);
});

test("where both are possible, digests are renewed too, and a registry that is silent keeps no edition back", async () => {
  const { store, lock, renew } = scene("auto");
  store.registry.add("a:1.2");
  store.digests.set("a:1.2", digest);
  expect(await renew()).toMatchObject({ renewed: [{ service: "a", tag: "a:1.2", to: digest }], failures: [] });
  lock.editions.set("trixie", "2026-01-01");
  store.outage = "no such host";
  expect(await renew()).toMatchObject({
    editions: [{ suite: "trixie", from: "2026-01-01" }],
    renewed: [],
    failures: [containing("no such host")],
  });
});

test("a digest that a mirror has, and the registry has not, is not noted, and both are named", async () => {
  const [later, place] = [`sha256:${"b".repeat(64)}`, "mirror.example/"];
  const { store, lock, input } = scene("registry");
  store.registry.add("a:1.2").add(`${place}a:1.2`);
  store.digests.set("a:1.2", digest).set(`${place}a:1.2`, later);
  const { renewed, failures } = await renewImages(SPECS, { ...input, registryPlace: place });
  expect([renewed, [...lock.digests]]).toEqual([[], []]);
  expect(failures).toContainEqual(containing(`a:1.2 has the digest ${later}, and a:1.2 itself has ${digest}`));
});

test("with registries alone, the edition of what they have is not touched", async () => {
  const { store, lock, renew } = scene("registry");
  store.registry.add("a:1.2");
  store.digests.set("a:1.2", digest);
  await renew();
  // Of those that no registry has by design, it is.
  expect([...lock.editions.keys()]).toEqual(["trixie", "sid"]);
  expect(await renewEditions(new Map([...SPECS].slice(0, 1)), "registry", fakeLock(), TODAY)).toMatchObject({
    editions: [],
  });
});
