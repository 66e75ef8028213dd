import { expect, test } from "vitest";
import { baseHashHere } from "../../stack/images/base.ts";
import type { EditionOf } from "../../stack/core/service/image.ts";
import { agedImages, oldImages } from "../../stack/images/old.ts";
import { candidatesOf, SERVICES_FOLDER } from "../../stack/images/recipe.ts";
import { registry } from "../../stack/services/index.ts";
import { known } from "../support/images/matching.ts";
import { fakeHost } from "../support/fakes/host.ts";
import { fakeImages } from "../support/fakes/engine-images.ts";

const noEdition: EditionOf = () => undefined;
const catalogue = [...registry.values()].map((service) => service.configure({}).image);

test("old are images of Plumbline that no recipe gives and no container uses, and nobody else's", async () => {
  const store = fakeImages();
  const [first] = (await Promise.all(catalogue.map((spec) => candidatesOf(spec, SERVICES_FOLDER, noEdition)))).flat();
  store.images.set("plumbline/redis:8.0-000000000000", { labels: { "plumbline.recipe": "0" } });
  const host = fakeHost({ env: { PLUMBLINE_DEBIAN_MIRROR: "http://mirror.test/debian" } });
  const base = await baseHashHere("trixie", host, noEdition);
  store.images.set("plumbline/base:trixie-111111111111", { labels: { "plumbline.base": base } });
  store.images.set("plumbline/base:sid-000000000000", { labels: { "plumbline.base": "0" } });
  store.images.set("plumbline/mysql:8.4-000000000000", { labels: { "plumbline.recipe": "0" } });
  store.used.add("plumbline/mysql:8.4-000000000000");
  store.images.set("plumbline/current:1-abc", { labels: { "plumbline.recipe": first?.hash ?? "" } });
  store.images.set("plumbline/mine:1", { labels: {} });
  store.images.set("redis:8.0", { labels: { "plumbline.recipe": "0" } });
  expect(await oldImages(store, catalogue, host, noEdition)).toEqual([
    "plumbline/redis:8.0-000000000000",
    "plumbline/base:sid-000000000000",
  ]);
});

test("an image is old once there is one of its suite's newer edition: until then the newest of a recipe is kept", async () => {
  const store = fakeImages();
  const [spec] = catalogue.filter(({ sources }) => sources.some(({ kind }) => kind === "packages"));
  const candidate = async (edition: string | undefined) =>
    known((await candidatesOf(spec ?? { sources: [] }, SERVICES_FOLDER, () => edition))[0]);
  const image = async (edition: string | undefined) => {
    const { hash, anyEdition } = await candidate(edition);
    const labels = { "plumbline.recipe": hash, "plumbline.recipe.any-edition": anyEdition };
    store.images.set(`plumbline/a:${edition}`, {
      labels: { ...labels, "plumbline.base.built": edition ?? "2026-01-01" },
    });
  };
  await image(undefined);
  await image("2026-08-01");
  await image("2026-09-01");
  const old = (edition: string | undefined) => oldImages(store, catalogue, fakeHost(), () => edition);
  const before = ["plumbline/a:undefined", "plumbline/a:2026-08-01"];
  expect(await old("2026-09-01")).toEqual(before);
  expect(await old("2026-11-30")).toEqual(before);
  await image("2026-11-30");
  expect(await old("2026-11-30")).toEqual([...before, "plumbline/a:2026-09-01"]);
  store.images.delete("plumbline/a:2026-11-30");
  store.images.delete("plumbline/a:2026-09-01");
  store.images.delete("plumbline/a:2026-08-01");
  expect(await old("2026-11-30")).toEqual([]); // one without an edition is kept too
});

test("the packages of an image are too old after 60 days, of those only that something may start", async () => {
  const store = fakeImages();
  const image = (reference: string, base: string, built = base) =>
    store.images.set(reference, {
      labels: { "plumbline.recipe": "0", "plumbline.built": built, "plumbline.base.built": base },
    });
  image("plumbline/a:1", "2026-09-30");
  image("plumbline/b:1", "2026-10-01");
  image("plumbline/c:1", "2026-09-01", "2026-11-29"); // built lately, on an old base
  image("plumbline/unused:1", "2026-01-01");
  store.images.set("plumbline/unknown:1", { labels: { "plumbline.recipe": "0" } });
  store.images.set("redis:8.0", { labels: { "plumbline.recipe": "0", "plumbline.built": "2020-01-01" } });
  expect(await agedImages(store, ["plumbline/unused:1"], new Date("2026-11-30T12:00:00Z"))).toEqual([
    { reference: "plumbline/a:1", age: { days: 61, of: "packages" } },
    { reference: "plumbline/c:1", age: { days: 90, of: "packages" } },
  ]);
});
