import { rm } from "node:fs/promises";
import { expect, test } from "vitest";
import { findPresent } from "../../stack/images/present.ts";
import { builtTag, candidateOf } from "../../stack/images/recipe.ts";
import { fakeImages } from "../support/fakes/engine-images.ts";
import { fakeLock } from "../support/fakes/image-lock.ts";
import { THING, thingServices } from "../support/images/thing.ts";

test("an engine that does not list its images is left as soon as the run ends", async () => {
  const ending = new AbortController();
  const found = findPresent(new Map(), {
    store: { list: () => new Promise(() => undefined) },
    policy: "auto",
    services: "/nonexistent",
    registryPlace: "",
    lock: fakeLock(),
    editions: "locked",
    signal: ending.signal,
  });
  ending.abort();
  await expect(found).rejects.toMatchObject({ code: "INTERRUPTED" });
});

test("an image of another edition counts for what runs already, and not for what is about to run", async () => {
  const services = await thingServices();
  try {
    const store = fakeImages();
    const { hash, anyEdition } = await candidateOf(THING, services, () => "2026-09-01");
    const labels = { "plumbline.recipe": hash, "plumbline.recipe.any-edition": anyEdition };
    store.images.set(builtTag("thing", "1.2", hash), { labels });
    const lock = fakeLock();
    lock.editions.set("trixie", "2026-11-30");
    const place = { store, policy: "debian", services, registryPlace: "", lock } as const;
    const specs = new Map([["thing", { sources: [THING] }]]);
    expect(await findPresent(specs, { ...place, editions: "locked" })).toEqual(new Map());
    expect((await findPresent(specs, { ...place, editions: "any" })).get("thing")?.version).toBe("1.2");
  } finally {
    await rm(services, { recursive: true, force: true });
  }
});
