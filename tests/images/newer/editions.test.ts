import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type {
  FolderSource,
  ImagePolicy,
  ImageSource,
  ImageSpec,
  PackagesSource,
} from "../../../stack/core/service/image.ts";
import { decideEditions, renewEditions, renewImages } from "../../../stack/images/newer/editions.ts";
import { dayOf } from "../../../stack/images/newer/age.ts";
import type { PresentImage } from "../../../stack/images/present.ts";
import { builtTag, candidateOf } from "../../../stack/images/recipe.ts";
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
const folder: FolderSource = { ...packages, kind: "folder", tools: "sid", version: { fixed: "1" } };
const registry: ImageSource = { kind: "registry", reference: "a:1.2" };
const SPECS: ReadonlyMap<string, ImageSpec> = new Map([
  ["a", { sources: [registry, packages] }],
  ["b", { sources: [folder] }],
  ["c", { sources: [packages] }],
]);
const ALL = ["a", "b", "c"];
const TODAY = "2026-11-30";
const digest = `sha256:${"a".repeat(64)}`;

let services: string;
beforeEach(async () => {
  services = await mkdtemp(join(tmpdir(), "plumbline-editions-"));
  await mkdir(join(services, "thing", "image"), { recursive: true });
  await writeFile(join(services, "thing", "image", "Dockerfile"), "ARG BASE\n");
});
afterEach(() => rm(services, { recursive: true, force: true }));

function scene(policy: ImagePolicy) {
  const lock = fakeLock();
  const store = fakeImages();
  const input = { store, lock, policy, services, registryPlace: "", signal: new AbortController().signal };
  return { lock, store, input, renew: (names: readonly string[] = ALL) => renewImages(SPECS, names, input) };
}

test("today becomes the edition of suites, and what changes is told; that it is noted already, too", async () => {
  const lock = fakeLock();
  lock.editions.set("sid", "2026-09-01");
  const suites = new Map([["trixie", ALL] as const, ["sid", ["b"]] as const]);
  expect(await renewEditions(suites, lock, TODAY)).toEqual({
    editions: [
      { suite: "trixie", to: TODAY, services: ALL },
      { suite: "sid", from: "2026-09-01", to: TODAY, services: ["b"] },
    ],
    notes: [],
    unwritten: [],
  });
  expect([...lock.editions.values()]).toEqual([TODAY, TODAY]);
  expect(await renewEditions(suites, lock, TODAY)).toEqual({
    editions: [],
    notes: [
      "the edition of today is noted already for Debian trixie",
      "the edition of today is noted already for Debian sid",
    ],
    unwritten: [],
  });
});

test("an edition of the future would keep all others back: it is replaced, and that is told", async () => {
  const lock = fakeLock();
  lock.editions.set("trixie", "2062-12-24").set("sid", "2026-09-01");
  expect(await renewEditions(new Map([["trixie", ["c"]]]), lock, TODAY)).toEqual({
    editions: [{ suite: "trixie", from: "2062-12-24", to: TODAY, services: ["c"] }],
    notes: [containing("2062-12-24, which is later than today")],
    unwritten: [],
  });
  expect([...lock.editions.values()]).toEqual([TODAY, "2026-09-01"]); // one of no service stays
});

test("a lock file that cannot be written is told apart from registries that cannot be asked", async () => {
  const { lock, store, renew } = scene("auto");
  store.registry.add("a:1.2");
  store.digests.set("a:1.2", digest);
  lock.problem = "read-only";
  const { editions, renewed, failures, unwritten } = await renew();
  expect([editions, renewed, failures]).toEqual([[], [], []]);
  expect(new Set(unwritten)).toEqual(new Set(["read-only"]));
});

test("with builds alone no registry is asked", async () => {
  const { store, renew } = scene("debian");
  store.outage = "no such host";
  const editions = [
    { suite: "trixie", services: ALL },
    { suite: "sid", services: ["b"] },
  ];
  expect(await renew()).toMatchObject({ renewed: [], failures: [], editions });
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
  const { renewed, failures } = await renewImages(SPECS, ALL, { ...input, registryPlace: place });
  expect([renewed, [...lock.digests]]).toEqual([[], []]);
  expect(failures).toContainEqual(containing(`a:1.2 has the digest ${later}, and a:1.2 itself has ${digest}`));
});

test("where both are possible, editions are those of suites in use, and name every service of the suite", async () => {
  const { store, renew } = scene("auto");
  const { hash } = await candidateOf(packages, services, () => undefined);
  store.outage = "no such host";
  expect((await renew(["a"])).editions).toEqual([]); // a registry is asked first, and nothing of `a` is built
  store.images.set(builtTag("a", "1", hash), { labels: { "plumbline.recipe": hash } });
  const to = dayOf(new Date());
  expect((await renew(["a"])).editions).toEqual([{ suite: "trixie", to, services: ALL }]);
});

test("with registries alone, the edition of what they have is not touched", async () => {
  const { store, lock, renew } = scene("registry");
  store.registry.add("a:1.2");
  store.digests.set("a:1.2", digest);
  await renew(["a"]);
  expect([...lock.editions.keys()]).toEqual([]);
  await renew(); // of those that no registry has by design, it is
  expect([...lock.editions.keys()]).toEqual(["trixie", "sid"]);
});

describe("After images were built of today's editions, noted are", () => {
  const older: PackagesSource = { ...packages, suite: "sid" };
  const two: ImageSpec = { sources: [older, packages] };
  const image = { reference: "r", source: "debian", version: "1", notes: [] } as const;
  const of = (given: Readonly<Record<string, ImageSource>>, isOfEdition: boolean) =>
    new Map(
      Object.entries(given).map(([name, source]): [string, PresentImage] => [name, { image, source, isOfEdition }]),
    );
  const decide = (
    before: Readonly<Record<string, ImageSource>>,
    after: Readonly<Record<string, ImageSource>>,
    specs: ReadonlyMap<string, ImageSpec> = SPECS,
  ) => {
    const { suites, lost } = decideEditions({ before: of(before, false), after: of(after, true), specs });
    return [[...suites.keys()], [...lost.keys()]];
  };

  test("those in use, with new images too", () => {
    expect(decide({ c: packages }, { b: folder, c: packages })).toEqual([["trixie", "sid"], []]);
    expect(decide({ c: packages }, { a: registry, c: packages })).toEqual([["trixie"], []]);
    expect(decide({ a: registry }, { a: registry })).toEqual([[], []]);
    expect(decide({ a: packages }, { a: registry })).toEqual([[], []]);
  });

  test("none of which an image would be lost", () => {
    expect(decide({ a: packages, c: packages }, { c: packages })).toEqual([[], ["a"]]);
    expect(decide({ c: packages }, {})).toEqual([[], ["c"]]);
  });

  test("none that an image needs together with one that is kept back", () => {
    expect(decide({ c: packages }, { b: folder })).toEqual([[], ["c"]]);
  });

  test("all, where an image could not be had before either", () => {
    expect(decide({ c: packages }, { c: packages, b: folder })).toEqual([["trixie", "sid"], []]);
    expect(decide({}, { c: packages })).toEqual([["trixie"], []]);
  });

  test("none for which a less preferred source would have to do", () => {
    const specs = new Map([["d", two]]);
    expect(decide({ d: older }, { d: packages }, specs)).toEqual([["trixie"], ["d"]]);
    expect(decide({ d: packages }, { d: older }, specs)).toEqual([["sid"], []]);
  });
});
