import { rm } from "node:fs/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { EditionOf } from "../../stack/core/service/image.ts";
import { buildFrom } from "../../stack/images/build-source.ts";
import { candidateOf, findBuilt } from "../../stack/images/recipe.ts";
import { fakeImages } from "../support/fakes/engine-images.ts";
import { THING, thingServices } from "../support/images/thing.ts";

const OF_BASE = { builtOn: "2026-09-01", indexDate: "2026-08-31" };
const noEdition: EditionOf = () => undefined;

let services: string;
beforeEach(async () => {
  services = await thingServices();
});
afterEach(() => rm(services, { recursive: true, force: true }));

/** Builds on a base with these dates. */
async function built(store: ReturnType<typeof fakeImages>, ofBase: Partial<typeof OF_BASE>, editionOf = noEdition) {
  const outcome = await buildFrom("thing", THING, [], {
    store,
    base: async (suite) => ({ ok: true, reference: `base:${suite}`, notes: [], ...ofBase }),
    build: async ({ tag, labels }) => {
      store.images.set(tag, { labels, version: "1.2" });
      return undefined;
    },
    services,
    editionOf,
    signal: new AbortController().signal,
  });
  if (!outcome.ok) throw new Error(outcome.reason);
  return outcome.image;
}

test("a built image is labelled with the day of its build, and with the dates of its base, by which it is found again", async () => {
  const store = fakeImages();
  const image = await built(store, OF_BASE);
  expect(image).toMatchObject(OF_BASE);
  expect(store.images.get(image.reference)?.labels).toMatchObject({
    "plumbline.base.built": OF_BASE.builtOn,
    "plumbline.index": OF_BASE.indexDate,
  });
  expect(store.images.get(image.reference)?.labels["plumbline.built"]).toMatch(/^2\d{3}-\d\d-\d\d$/);
  const found = findBuilt(await store.list(), "thing", [await candidateOf(THING, services, noEdition)]);
  expect(found).toEqual(image);
});

test("on a base without dates, the day of the build is that of the packages", async () => {
  const store = fakeImages();
  const image = await built(store, {});
  expect(image).not.toHaveProperty("indexDate");
  expect(image.builtOn).toBe(store.images.get(image.reference)?.labels["plumbline.built"]);
});

test("a newer edition gives an image of another name, and the one before stays", async () => {
  const store = fakeImages();
  const before = await built(store, OF_BASE);
  const after = await built(store, OF_BASE, () => "2026-11-30");
  expect(after.reference).not.toBe(before.reference);
  expect([...store.images.keys()]).toEqual([before.reference, after.reference]);
});
