import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { configureServices, sizeServices } from "../../../stack/core/desire/desire.ts";
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

async function ensured() {
  const profile = profileOf({ services: { pool: {}, store: {} }, images: "registry" });
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
    host: imageHost(),
  };
  const engine = fakeEngine();
  for (const tag of present) engine.images.images.set(tag, { labels: {} });
  const result = await ensureImages({
    wanted,
    sized,
    engine,
    options: { provision: false },
    controls: { report: (event) => events.push(event), signal: new AbortController().signal },
  });
  return { ...result, warnings: events.flatMap((event) => (event.kind === "warning" ? [event.text] : [])) };
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
