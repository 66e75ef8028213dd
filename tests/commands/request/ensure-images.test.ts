import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { configureServices, sizeServices } from "../../../stack/core/desire/desire.ts";
import type { ImagePolicy } from "../../../stack/core/service/image.ts";
import type { Progress } from "../../../stack/core/progress.ts";
import { ensureImages } from "../../../stack/commands/request/ensure-images.ts";
import { stackFolder } from "../../../stack/records/folder.ts";
import { imageHost } from "../../support/fakes/image-host.ts";
import { fakeEngine } from "../../support/fakes/engine.ts";
import { testRegistry } from "../../support/core/services.ts";
import { profileOf } from "../../support/core/stack.ts";

/** What the engine has; its registries know no image. */
const present = new Set<string>();
let folder = "";

beforeEach(async () => {
  present.clear();
  folder = await mkdtemp(join(tmpdir(), "pl-images-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

interface Ensured {
  readonly refresh?: boolean;
  readonly policy?: ImagePolicy;
  /** What the registries have, by tag. */
  readonly digests?: Readonly<Record<string, string>>;
  /** What they have beside that, by tag. */
  readonly older?: Readonly<Record<string, string>>;
  /** How the first pulls end. */
  readonly pullFailures?: readonly string[];
}

async function ensured({ refresh = false, policy = "registry", digests = {}, ...parts }: Ensured = {}) {
  const profile = profileOf({ services: { pool: {}, store: {} }, images: policy });
  const services = configureServices(profile, testRegistry);
  const { sized } = sizeServices({ profile, machine: profile.machine, services });
  const events: Progress[] = [];
  const wanted = {
    stack: "mine",
    folder: stackFolder("mine", folder),
    profile,
    profileReference: "test",
    services,
    runtime: "engine",
    isRemembered: false,
    host: imageHost({ env: { PLUMBLINE_IMAGES_LOCK: join(folder, "images.lock.json") } }),
  };
  const engine = fakeEngine();
  for (const tag of present) engine.images.images.set(tag, { labels: {} });
  for (const [reference, digest] of Object.entries(digests)) {
    engine.images.registry.add(reference).add(`${reference}@${digest}`);
    engine.images.digests.set(reference, digest);
  }
  for (const [reference, digest] of Object.entries(parts.older ?? {})) {
    engine.images.registry.add(`${reference}@${digest}`);
  }
  engine.images.pullFailures.push(...(parts.pullFailures ?? []));
  const result = await ensureImages({
    wanted,
    sized,
    engine,
    options: { provision: false, refresh },
    controls: { report: (event) => events.push(event), signal: new AbortController().signal },
  });
  const texts = (kind: "warning" | "note") => events.flatMap((event) => (event.kind === kind ? [event.text] : []));
  return { ...result, warnings: texts("warning"), notes: texts("note") };
}

describe("the images of a stack", () => {
  test("must be those of all services where all can be had, and nothing is said", async () => {
    present.add("store:1").add("pool:1");
    const { images, leftOut, warnings } = await ensured();
    expect([...images].map(([service, { reference, version }]) => [service, reference, version])).toEqual([
      ["pool", "pool:1", "1"],
      ["store", "store:1", "1"],
    ]);
    expect([leftOut, warnings]).toEqual([[], []]);
  });

  test("must be pulled anew by their tags where they are refreshed, and what changes is said", async () => {
    const digests = { "store:1": `sha256:${"a".repeat(64)}`, "pool:1": `sha256:${"b".repeat(64)}` };
    const { images, notes } = await ensured({ refresh: true, digests });
    expect(images.get("store")?.reference).toBe(`store:1@${digests["store:1"]}`);
    expect(images.get("pool")?.reference).toBe(`pool:1@${digests["pool:1"]}`);
    expect(notes).toContain(`store:1: no digest → ${digests["store:1"]}`);
    const again = await ensured({ digests });
    expect([...again.images.values()].map(({ reference }) => reference)).toEqual(
      [...images.values()].map(({ reference }) => reference),
    );
  });

  test("must keep the digests of the lock file where those of today cannot be pulled, and be pulled by them", async () => {
    const older = { "store:1": `sha256:${"a".repeat(64)}`, "pool:1": `sha256:${"b".repeat(64)}` };
    const digests = { "store:1": `sha256:${"c".repeat(64)}`, "pool:1": `sha256:${"d".repeat(64)}` };
    const before = Object.entries(older).map(([tag, digest]) => `${tag}@${digest}`);
    const references = ({ images }: Awaited<ReturnType<typeof ensured>>) =>
      [...images.values()].map(({ reference }) => reference).toSorted();
    await ensured({ refresh: true, digests: older });
    const pullFailures = ["a layer is damaged", "a layer is damaged"];
    const failed = await ensured({ refresh: true, digests, older, pullFailures });
    expect(references(failed)).toEqual(before.toSorted());
    expect(failed.warnings).toContainEqual(
      textMatching(/^the digest of store:1 stays as it is: sha256:c+ was not pulled: .*a layer is damaged/),
    );
    expect(failed.notes.filter((text) => text.includes("→"))).toEqual([]);
    expect(references(await ensured({ digests, older }))).toEqual(before.toSorted());
  });

  test("must not be called refreshed where the registry cannot be asked and nothing may be built", async () => {
    present.add("store:1").add("pool:1");
    await expect(ensured({ refresh: true })).rejects.toMatchObject({
      code: "IMAGE_UNAVAILABLE",
      why: textMatching(/store:1/),
      fix: textMatching(/without `--refresh`/),
    });
    const { images, warnings } = await ensured({ refresh: true, policy: "auto" });
    expect(images.size).toBe(2);
    expect(warnings).toHaveLength(2);
  });

  test("must be without a service that cannot be had, which is named with the reason and what would help", async () => {
    present.add("store:1");
    const { images, leftOut, warnings } = await ensured();
    expect([...images.keys()]).toEqual(["store"]);
    expect(leftOut).toMatchObject([
      {
        service: "pool",
        reason: "the registry does not give pool:1 (manifest unknown)",
        fix: textMatching(/--images debian/),
      },
    ]);
    expect(warnings).toEqual(["pool is left out: the registry does not give pool:1 (manifest unknown)"]);
  });

  test("must not hold a service without what it requires: it goes as well", async () => {
    present.add("pool:1");
    await expect(ensured()).rejects.toMatchObject({
      code: "IMAGE_UNAVAILABLE",
      why: "store: the registry does not give store:1 (manifest unknown)\npool: it needs store, which is left out",
    });
  });

  test("must be refused where no service has one, with every reason, and what would help said once", async () => {
    await expect(ensured()).rejects.toMatchObject({
      code: "IMAGE_UNAVAILABLE",
      exitCode: 1,
      what: "No service of the profile has an image that can be had here",
      fix: textMatching(/^[^\n]+$/),
      details: { leftOut: [{ service: "pool" }, { service: "store" }] },
    });
  });
});

/** Vitest's matcher has the type any. */
function textMatching(pattern: RegExp): unknown {
  return expect.stringMatching(pattern);
}
