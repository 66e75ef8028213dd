import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkImages } from "../../../stack/commands/doctor/images.ts";
import { candidatesOf, SERVICES_FOLDER } from "../../../stack/images/recipe.ts";
import { registry } from "../../../stack/services/index.ts";
import { fakeEngine } from "../../support/fakes/engine.ts";
import { fakeHost } from "../../support/fakes/host.ts";

const EDITION = "2026-11-30";
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumbline-doctor-images-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** The hash of some recipe of the catalogue. */
async function recipe(edition: string | undefined): Promise<string> {
  const specs = [...registry.values()].map((service) => service.configure({}).image);
  const candidates = await Promise.all(specs.map((spec) => candidatesOf(spec, SERVICES_FOLDER, () => edition)));
  return candidates.flat()[0]?.hash ?? "";
}

test("images whose packages are older than 60 days are warned of with the remedy, and only those in use", async () => {
  const path = join(folder, "images.lock.json");
  await writeFile(path, JSON.stringify({ images: {}, editions: { trixie: EDITION, sid: EDITION } }));
  const engine = fakeEngine();
  const image = (reference: string, hash: string, built: string) =>
    engine.images.images.set(reference, { labels: { "plumbline.recipe": hash, "plumbline.base.built": built } });
  image("plumbline/a:1", await recipe(EDITION), "2020-01-01");
  image("plumbline/b:1", await recipe(EDITION), new Date().toISOString().slice(0, 10));
  image("plumbline/c:1", await recipe(undefined), "2020-01-01"); // of no edition: nothing starts it any more
  const found = await checkImages({ host: fakeHost({ env: { PLUMBLINE_IMAGES_LOCK: path } }) }, { engine });
  expect(
    found.map(({ check, status, found: text }) => [check, status, text.split(" ").find((word) => word.includes("/"))]),
  ).toEqual([
    ["old images", "warning", "plumbline/c:1"],
    ["packages of images", "warning", "plumbline/a:1"],
  ]);
  expect(found[1]?.remedy).toContain("`npm run up -- --refresh`");
});

test("the last image of a recipe is no old one while that of the edition is not built", async () => {
  const path = join(folder, "images.lock.json");
  await writeFile(path, JSON.stringify({ images: {}, editions: { trixie: EDITION, sid: EDITION } }));
  const engine = fakeEngine();
  engine.images.images.set("plumbline/c:1", { labels: { "plumbline.recipe": await recipe(undefined) } });
  const found = await checkImages({ host: fakeHost({ env: { PLUMBLINE_IMAGES_LOCK: path } }) }, { engine });
  expect(found.find(({ check }) => check === "old images")).toMatchObject({ status: "ok" });
});

test("where the mirror has a login, old images are told of that may hold it, until --fix has removed them", async () => {
  const engine = fakeEngine();
  engine.images.images.set("plumbline/c:1", { labels: { "plumbline.recipe": "0" } });
  const checks = async (mirror: string) => {
    const env = { PLUMBLINE_IMAGES_LOCK: join(folder, "none.json"), PLUMBLINE_DEBIAN_MIRROR: mirror };
    return checkImages({ host: fakeHost({ env }) }, { engine });
  };
  const found = await checks("https://ada:s3cret@mirror.test/debian");
  expect(found.map(({ check }) => check)).toContain("login of the mirror");
  expect(JSON.stringify(found)).not.toContain("s3cret");
  const without = async (mirror: string) => (await checks(mirror)).map(({ check }) => check);
  expect(await without("https://mirror.test/debian")).not.toContain("login of the mirror");
  for (const { repair } of found) await repair?.();
  expect(await without("https://ada:s3cret@mirror.test/debian")).not.toContain("login of the mirror");
});

test("that there are none is said too", async () => {
  const host = fakeHost({ env: { PLUMBLINE_IMAGES_LOCK: join(folder, "none.json") } });
  expect((await checkImages({ host }, { engine: fakeEngine() })).map(({ status }) => status)).toEqual(["ok", "ok"]);
});
