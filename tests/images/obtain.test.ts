import { expect, test } from "vitest";
import { presentImages } from "../../stack/images/obtain.ts";
import { fakeImages } from "../support/fakes/engine-images.ts";
import { fakeHost } from "../support/fakes/host.ts";

const HUB = "mirror.example:5000/hub";
const SPECS = new Map([
  ["postgres", { sources: [{ kind: "registry", reference: "postgres:18.6" }] }],
  ["pgbouncer", { sources: [{ kind: "registry", reference: "edoburu/pgbouncer:v1.25.2-p0" }] }],
] as const);

const present = (env: Readonly<Record<string, string>>, ...tags: readonly string[]) => {
  const images = fakeImages();
  for (const tag of tags) images.images.set(tag, { labels: {} });
  const host = fakeHost({ env });
  return presentImages(SPECS, { engine: { images }, policy: "registry", editions: "locked", host });
};

test("images are looked for where the mirrors have them, each with its own path", async () => {
  const there = [`${HUB}/library/postgres:18.6`, `${HUB}/edoburu/pgbouncer:v1.25.2-p0`];
  const found = await present({ PLUMBLINE_REGISTRY_MIRRORS: `docker.io=${HUB}` }, ...there);
  expect([...found.values()].map(({ reference }) => reference)).toEqual(there);
});

test("one prefix for all images comes before the mirrors", async () => {
  const env = { PLUMBLINE_REGISTRY_MIRRORS: `docker.io=${HUB}`, PLUMBLINE_REGISTRY_PREFIX: "127.0.0.1:5000/" };
  expect([...(await present(env, "127.0.0.1:5000/postgres:18.6")).keys()]).toEqual(["postgres"]);
});

test("mirrors that cannot be read are WRONG_USAGE, with how to write them", async () => {
  await expect(present({ PLUMBLINE_REGISTRY_MIRRORS: "https://mirror.example" })).rejects.toMatchObject({
    code: "WRONG_USAGE",
    fix: "Write it as docker.io=mirror.example:5000/hub, with commas between several.",
  });
});
