import { expect, test } from "vitest";
import { baseHashHere } from "../../stack/images/base.ts";
import { oldImages } from "../../stack/images/old.ts";
import { candidatesOf, SERVICES_FOLDER } from "../../stack/images/recipe.ts";
import { registry } from "../../stack/services/index.ts";
import { fakeHost } from "../support/fakes/host.ts";
import { fakeImages } from "../support/fakes/engine-images.ts";

const catalogue = [...registry.values()].map((service) => service.configure({}).image);

test("old are images of Plumbline that no recipe gives and no container uses, and nobody else's", async () => {
  const store = fakeImages();
  const [first] = (await Promise.all(catalogue.map((spec) => candidatesOf(spec, SERVICES_FOLDER)))).flat();
  store.images.set("plumbline/redis:8.0-000000000000", { labels: { "plumbline.recipe": "0" } });
  const host = fakeHost({ env: { PLUMBLINE_DEBIAN_MIRROR: "http://mirror.test/debian" } });
  const base = await baseHashHere("trixie", host);
  store.images.set("plumbline/base:trixie-111111111111", { labels: { "plumbline.base": base } });
  store.images.set("plumbline/base:sid-000000000000", { labels: { "plumbline.base": "0" } });
  store.images.set("plumbline/mysql:8.4-000000000000", { labels: { "plumbline.recipe": "0" } });
  store.used.add("plumbline/mysql:8.4-000000000000");
  store.images.set("plumbline/current:1-abc", { labels: { "plumbline.recipe": first?.hash ?? "" } });
  store.images.set("plumbline/mine:1", { labels: {} });
  store.images.set("redis:8.0", { labels: { "plumbline.recipe": "0" } });
  expect(await oldImages(store, catalogue, host)).toEqual([
    "plumbline/redis:8.0-000000000000",
    "plumbline/base:sid-000000000000",
  ]);
});
