import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ImageSpec, Suite } from "../../../stack/core/service/image.ts";
import type { Progress } from "../../../stack/core/progress.ts";
import type { BuildOrder } from "../../../stack/images/build.ts";
import type { Failure } from "../../../stack/images/failure.ts";
import { othersOf } from "../../../stack/images/newer/other-edition.ts";
import { fakeEngine } from "../../support/fakes/engine.ts";
import type { FakeImages } from "../../support/fakes/engine-images.ts";
import { fakeLock, type FakeLock } from "../../support/fakes/image-lock.ts";
import { containing, known } from "../../support/images/matching.ts";
import { keepBuilt, lackedBy, obtainWith, packagesOf } from "../../support/images/obtaining.ts";

const packages = (suite: Suite, major: number) => packagesOf("a", suite, major);

let services: string;
let store: FakeImages;
let lock: FakeLock;
let events: Progress[];
/** Packages that the mirror lacks, and why. */
let missing: Map<string, Failure>;
/** The services in the order in which their builds began. */
let begun: string[];

beforeEach(async () => {
  services = await mkdtemp(join(tmpdir(), "plumbline-other-edition-"));
  await mkdir(join(services, "a", "image"), { recursive: true });
  await writeFile(join(services, "a", "image", "Dockerfile"), "# a\n");
  store = fakeEngine().images;
  lock = fakeLock();
  events = [];
  missing = new Map();
  begun = [];
});
afterEach(() => rm(services, { recursive: true, force: true }));

async function build(order: BuildOrder): Promise<Failure | undefined> {
  begun.push(order.service);
  const failure = lackedBy(order, missing);
  if (failure === undefined) keepBuilt(order, store);
  return failure;
}

function obtainSpecs(specs: ReadonlyMap<string, ImageSpec>) {
  return obtainWith("debian", specs, { services, store, lock, events, build });
}

describe("While the image of a newer edition cannot be built", () => {
  const sidOnly: ImageSpec = { sources: [packages("sid", 2)] };
  const obtainA = async (a: ImageSpec = sidOnly) => (await obtainSpecs(new Map([["a", a]]))).get("a");

  beforeEach(() => lock.editions.set("sid", "2026-09-01").set("trixie", "2026-09-01"));

  test.each(["unreachable", "expired", "missing"] as const)(
    "because its packages are %s, that of the edition before serves, and says which, and why",
    async (kind) => {
      const before = await obtainA();
      lock.editions.set("sid", "2026-11-30");
      missing.set("a-2", { kind, reason: "(invalid since 100d) it is not there" });
      const after = await obtainA();
      const image = before?.ok === true ? before.image : undefined;
      expect(after).toMatchObject({
        ok: true,
        image: {
          reference: image?.reference,
          notes: [containing("not of the edition 2026-11-30: (invalid since 100d) it is not there")],
        },
      });
      expect(events).toContainEqual({ kind: "note", text: containing("image of a: built from the packages of") });
      missing.clear();
      expect(await obtainA()).not.toMatchObject({ image: { reference: image?.reference } }); // it is tried each time
    },
  );

  test.each(["refused", "untrusted", "altered", "other"] as const)(
    "for another reason (%s), none serves",
    async (kind) => {
      await obtainA();
      lock.editions.set("sid", "2026-11-30");
      missing.set("a-2", { kind, reason: "no" });
      expect(await obtainA()).toMatchObject({ ok: false, reason: "Debian sid (a-2): no" });
    },
  );

  test("the newest of those before serves, also one without an edition, and none of another recipe", async () => {
    lock.editions.clear();
    await obtainA();
    lock.editions.set("sid", "2026-11-30");
    missing.set("a-2", { kind: "unreachable", reason: "no mirror" });
    expect(await obtainA()).toMatchObject({ ok: true });
    const [tag, stored] = known([...store.images][0]);
    const recipe = "f".repeat(64);
    const newer = { ...stored.labels, "plumbline.recipe": recipe, "plumbline.base.built": "2999-01-01" };
    store.images.set(`plumbline/a:2.1-${recipe.slice(0, 12)}`, { ...stored, labels: newer });
    expect(await obtainA()).toMatchObject({ image: { version: "2.1" } });
    store.images.set(tag, stored);
    await writeFile(join(services, "a", "image", "Dockerfile"), "# another\n");
    expect(await obtainA()).toMatchObject({ ok: false });
  });

  test("it comes before a source that is less preferred, which may have another major version", async () => {
    const both: ImageSpec = { sources: [packages("sid", 2), packages("trixie", 1)] };
    const before = await obtainA(both);
    lock.editions.set("sid", "2026-11-30").set("trixie", "2026-11-30");
    missing.set("a-2", { kind: "missing", reason: "gone" });
    expect(await obtainA(both)).toMatchObject({ image: { version: "2.0-1" } });
    expect(before).toMatchObject({ image: { version: "2.0-1" } });
    expect(begun).toEqual(["a", "a"]);
  });

  test("a less preferred source that is there does not keep the preferred one from being tried again", async () => {
    const both: ImageSpec = { sources: [packages("sid", 2), packages("trixie", 1)] };
    await obtainA({ sources: both.sources.slice(1) });
    await obtainA({ sources: both.sources.slice(0, 1) });
    lock.editions.set("sid", "2026-11-30");
    expect(await obtainA(both)).toMatchObject({ image: { version: "2.0-1" } });
    expect(begun).toHaveLength(3);
  });
});

const made = (recipe: string, built: string) => ({
  labels: { "plumbline.recipe": recipe, "plumbline.recipe.any-edition": "any", "plumbline.built": built },
});

test("Of images of one day the first one of the engine's list, which is the newest, comes first", () => {
  const images = [made("c", "2026-11-30"), made("b", "2026-11-30"), made("a", "2026-11-30"), made("d", "2026-11-29")];
  const found = othersOf(images, { hash: "of the edition", anyEdition: "any" });
  expect(found.map(({ labels }) => labels["plumbline.recipe"])).toEqual(["c", "b", "a", "d"]);
});
