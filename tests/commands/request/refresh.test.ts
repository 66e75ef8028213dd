import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { obtainRenewed } from "../../../stack/commands/request/refresh.ts";
import type { Progress } from "../../../stack/core/progress.ts";
import type { ImageOutcome, ImageSpec, Suite } from "../../../stack/core/service/image.ts";
import { dayOf } from "../../../stack/images/newer/age.ts";
import { SERVICES_FOLDER, builtTag, candidateOf } from "../../../stack/images/recipe.ts";
import { registry } from "../../../stack/services/index.ts";
import { fakeEngine, type FakeEngine } from "../../support/fakes/engine.ts";
import { fakeHost } from "../../support/fakes/host.ts";
import { containing, known } from "../../support/images/matching.ts";

const BEFORE = "2026-09-01";
const TODAY = dayOf(new Date());

let folder: string;
let path: string;
let engine: FakeEngine;
let events: Progress[];
/** The suites whose packages the mirror does not give. */
let down: Set<Suite>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumbline-refresh-"));
  path = join(folder, "images.lock.json");
  await writeFile(path, JSON.stringify({ images: {}, editions: { trixie: BEFORE, sid: BEFORE } }));
  engine = fakeEngine();
  events = [];
  down = new Set();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const specs: ReadonlyMap<string, ImageSpec> = new Map(
  ["redis", "mysql"].map((name) => [name, known(registry.get(name)).configure({}).image]),
);

/** Builds as a mirror does that gives some suites: an image that is there is used, and one that cannot be built is not. */
async function build(editionOf: (suite: Suite) => string | undefined): Promise<ReadonlyMap<string, ImageOutcome>> {
  const outcomes = [...specs].map(async ([service, { sources }]): Promise<readonly [string, ImageOutcome]> => {
    const source = known(sources.find(({ kind }) => kind === "packages"));
    if (source.kind === "registry") throw new Error("a build was meant");
    const { hash } = await candidateOf(source, SERVICES_FOLDER, editionOf);
    const reference = builtTag(service, "9.7.4", hash);
    if (!engine.images.images.has(reference)) {
      if (down.has(source.suite)) return [service, { ok: false, reason: "no mirror", fix: "f" }];
      engine.images.images.set(reference, { labels: { "plumbline.recipe": hash } });
    }
    return [service, { ok: true, image: { reference, source: "debian", version: "9.7.4", notes: [] } }];
  });
  return new Map(await Promise.all(outcomes));
}

async function refreshed() {
  const host = fakeHost({ env: { PLUMBLINE_IMAGES_LOCK: path } });
  const { signal } = new AbortController();
  const input = { engine, host, policy: "debian", report: (event: Progress) => events.push(event), signal } as const;
  return obtainRenewed(specs, ({ editionOf = () => BEFORE }) => build(editionOf), input);
}

const Editions = z.object({ editions: z.unknown() });
const editions = async (): Promise<unknown> => Editions.parse(JSON.parse(await readFile(path, "utf8"))).editions;
const referencesOf = (outcomes: ReadonlyMap<string, ImageOutcome>) =>
  [...outcomes.values()].map((outcome) => (outcome.ok ? outcome.image.reference : undefined));

describe("A refresh", () => {
  test("notes the edition of today once the images of it are there and nothing is against them, not before", async () => {
    await build(() => BEFORE);
    const { outcomes, noteEditions } = await refreshed();
    expect(referencesOf(outcomes)).toEqual(referencesOf(await build(() => TODAY)));
    expect(await editions()).toEqual({ trixie: BEFORE, sid: BEFORE });
    await noteEditions();
    expect(await editions()).toEqual({ trixie: TODAY, sid: TODAY });
    expect(events).toContainEqual({ kind: "note", text: `Debian trixie: ${BEFORE} → ${TODAY} (redis)` });
  });

  test("with the mirror down keeps the edition, and what ran runs again, also with the next `up`", async () => {
    const before = referencesOf(await build(() => BEFORE));
    down.add("trixie").add("sid");
    const { outcomes, noteEditions } = await refreshed();
    await noteEditions();
    expect(referencesOf(outcomes)).toEqual(before);
    expect(await editions()).toEqual({ trixie: BEFORE, sid: BEFORE });
    expect(events).toContainEqual({
      kind: "warning",
      text: containing("the image of redis cannot be renewed: no mirror"),
    });
  });

  test("with one suite down renews the other", async () => {
    const [redis, mysql] = referencesOf(await build(() => BEFORE));
    down.add("sid");
    const { outcomes, noteEditions } = await refreshed();
    await noteEditions();
    expect(await editions()).toEqual({ trixie: TODAY, sid: BEFORE });
    const after = referencesOf(outcomes);
    expect(after[1]).toBe(mysql);
    expect(after[0]).not.toBe(redis);
  });

  test("is not kept back by an image that could not be had before either", async () => {
    down.add("sid");
    await build(() => BEFORE);
    const { outcomes, noteEditions } = await refreshed();
    await noteEditions();
    expect(outcomes.get("mysql")).toMatchObject({ ok: false });
    expect(await editions()).toEqual({ trixie: TODAY, sid: BEFORE });
  });
});
