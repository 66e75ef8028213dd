import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ImageSpec } from "../../stack/core/service/image.ts";
import { LABELS, buildingTag, builtTag, candidatesOf, findBuilt, findPulled } from "../../stack/images/recipe.ts";
import { known } from "../support/images/matching.ts";

const spec: ImageSpec = {
  registry: "thing:1.2",
  recipe: "thing",
  sources: [
    { suite: "sid", packages: ["thing-2"], versionOf: "thing-2" },
    { suite: "trixie", packages: ["thing-1"], versionOf: "thing-1" },
  ],
};

let services: string;

beforeEach(async () => {
  services = await mkdtemp(join(tmpdir(), "plumbline-recipe-"));
  await mkdir(join(services, "thing", "image"), { recursive: true });
  await writeFile(join(services, "thing", "image", "Dockerfile"), "ARG BASE\nFROM ${BASE}\n");
});

afterEach(() => rm(services, { recursive: true, force: true }));

const hashes = async (changed: ImageSpec = spec) => (await candidatesOf(changed, services)).map(({ hash }) => hash);
const write = (name: string, text: string) => writeFile(join(services, "thing", "image", name), text);

describe("The hash of a recipe", () => {
  test("is the same for the same recipe, and another for each source", async () => {
    const first = await hashes();
    expect(await hashes()).toEqual(first);
    expect(new Set(first).size).toBe(2);
  });

  test("changes with every file of the recipe, added or edited", async () => {
    const [before] = await hashes();
    await write("entrypoint.sh", "#!/bin/sh\n");
    const [added] = await hashes();
    await write("entrypoint.sh", "#!/bin/bash\n");
    const [edited] = await hashes();
    expect(new Set([before, added, edited]).size).toBe(3);
  });

  test("changes with the packages, and not with the registry's tag or the declaration's text", async () => {
    const before = await hashes();
    await write("spec.ts", "export const image = 1;\n");
    expect(await hashes({ ...spec, registry: "thing:1.3" })).toEqual(before);
    const [first, ...others] = spec.sources;
    const more = { ...spec, sources: [{ ...known(first), packages: ["thing-2", "extra"] }, ...others] };
    expect((await hashes(more))[0]).not.toBe(before[0]);
  });
});

function built(hash: string, version: string, notes = "") {
  return {
    tags: [builtTag("thing", version, hash)],
    labels: { [LABELS.recipe]: hash, [LABELS.notes]: notes },
  };
}

describe("Images that are present", () => {
  test("are found by their label, the preferred source first", async () => {
    const [sid, trixie] = await candidatesOf(spec, services);
    const old = built(known(trixie).hash, "1.9-1", "a\nb");
    expect(findBuilt([old], "thing", [known(sid), known(trixie)])).toMatchObject({
      version: "1.9-1",
      source: "debian",
      notes: ["a", "b"],
    });
    expect(findBuilt([old, built(known(sid).hash, "2.0-1")], "thing", [known(sid), known(trixie)])).toMatchObject({
      version: "2.0-1",
    });
    expect(findBuilt([old], "thing", [known(sid)])).toBeUndefined();
    expect(findBuilt([old], "other", [known(trixie)])).toBeUndefined();
  });

  test("are not those that a killed run left half named", async () => {
    const [sid] = await candidatesOf(spec, services);
    const half = { tags: [buildingTag("thing", known(sid).hash)], labels: { [LABELS.recipe]: known(sid).hash } };
    expect(findBuilt([half], "thing", [known(sid)])).toBeUndefined();
  });

  test("are found by the exact tag of the registry in use", () => {
    const images = [{ tags: ["thing:1.2"], labels: {} }];
    expect(findPulled(images, spec, "")).toEqual({
      reference: "thing:1.2",
      source: "registry",
      version: "1.2",
      notes: [],
    });
    expect(findPulled(images, spec, "mirror.example/")).toBeUndefined();
  });
});
