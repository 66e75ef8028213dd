import { rm } from "node:fs/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { surveyImages } from "../../../stack/images/newer/survey.ts";
import { builtTag, candidateOf } from "../../../stack/images/recipe.ts";
import { fakeImages } from "../../support/fakes/engine-images.ts";
import { fakeLock } from "../../support/fakes/image-lock.ts";
import { THING, thingServices } from "../../support/images/thing.ts";

let services: string;
beforeEach(async () => {
  services = await thingServices();
});
afterEach(() => rm(services, { recursive: true, force: true }));

async function rowOf(builtOn: string, indexDate: string, builtOf = "2026-01-02") {
  const lock = fakeLock();
  lock.editions.set("trixie", "2026-01-02");
  const store = fakeImages();
  const { hash, anyEdition } = await candidateOf(THING, services, () => builtOf);
  const recipe = { "plumbline.recipe": hash, "plumbline.recipe.any-edition": anyEdition };
  const labels = { ...recipe, "plumbline.base.built": builtOn, "plumbline.index": indexDate };
  store.images.set(builtTag("thing", "1.2", hash), { labels });
  const [row] = await surveyImages(new Map([["thing", { sources: [THING] }]]), {
    store,
    policy: "debian",
    services,
    registryPlace: "",
    lock,
    credentialsOf: async () => ({}),
    packageVersions: async () => ({ ok: true, versions: new Map([["thing", "1.2"]]) }),
    signal: new AbortController().signal,
  });
  return row;
}

test("an image built here is listed with the dates of its packages, and its suite's edition", async () => {
  const today = new Date().toISOString().slice(0, 10);
  expect(await rowOf(today, today)).toMatchObject({
    builtOn: today,
    indexDate: today,
    edition: "2026-01-02",
    behind: [],
  });
});

test("an image whose packages are too old is behind, although the index has no newer version of its program", async () => {
  const row = await rowOf("2020-01-02", "2020-01-01");
  expect(row).not.toHaveProperty("newerVersion");
  expect(row?.behind).toHaveLength(1);
  expect(row?.behind[0]).toMatch(/^its packages were taken \d+ days ago: `npm run up -- --refresh`/);
});

test("an image of another edition is listed as what is there, and is behind", async () => {
  const today = new Date().toISOString().slice(0, 10);
  expect(await rowOf(today, today, "2025-12-01")).toMatchObject({
    version: "1.2",
    edition: "2026-01-02",
    behind: ["it is not of the edition: `npm run up` builds it"],
  });
});
