import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type {
  EditionOf,
  FolderSource,
  ImageSpec,
  PackagesSource,
  RegistrySource,
} from "../../stack/core/service/image.ts";
import {
  IMAGE_LABELS,
  SERVICES_FOLDER,
  buildingTag,
  builtTag,
  candidatesOf,
  findBuilt,
  findPulled,
} from "../../stack/images/recipe.ts";
import { known } from "../support/images/matching.ts";

const sid: PackagesSource = {
  kind: "packages",
  folder: "thing/image",
  suite: "sid",
  packages: ["thing-2"],
  version: { package: "thing-2" },
};
const trixie: PackagesSource = {
  ...sid,
  suite: "trixie",
  packages: ["thing-1"],
  version: { package: "thing-1" },
};
const spec: ImageSpec = { sources: [sid, trixie] };
const pulled: RegistrySource = { kind: "registry", reference: "thing:1.2" };

let services: string;

beforeEach(async () => {
  services = await mkdtemp(join(tmpdir(), "plumbline-recipe-"));
  await mkdir(join(services, "thing", "image"), { recursive: true });
  await writeFile(join(services, "thing", "image", "Dockerfile"), "ARG BASE\nFROM ${BASE}\n");
});

afterEach(() => rm(services, { recursive: true, force: true }));

const noEdition: EditionOf = () => undefined;
const hashes = async (changed: ImageSpec = spec, editionOf = noEdition) =>
  (await candidatesOf(changed, services, editionOf)).map(({ hash }) => hash);
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

  test("changes with the edition of a suite that it is built from, and of no other", async () => {
    const [sidBefore, trixieBefore] = await hashes();
    const [sidAfter, trixieAfter] = await hashes(spec, (suite) => (suite === "trixie" ? "2026-11-30" : undefined));
    expect(sidAfter).toBe(sidBefore);
    expect(trixieAfter).not.toBe(trixieBefore);
    const later = await hashes(spec, () => "2026-12-01");
    expect(new Set([sidBefore, trixieBefore, trixieAfter, ...later]).size).toBe(5);

    const folder: FolderSource = { ...trixie, kind: "folder", tools: "sid", version: { fixed: "1" } };
    const [compiled] = await hashes({ sources: [folder] });
    expect(await hashes({ sources: [folder] }, (suite) => (suite === "sid" ? "2026-11-30" : undefined))).not.toEqual([
      compiled,
    ]);
  });

  test("changes with the packages, and not with the registry's tag or the declaration's text", async () => {
    const before = await hashes();
    await write("spec.ts", "export const image = 1;\n");
    expect(await hashes({ sources: [pulled, sid, trixie] })).toEqual(before);
    const more = { sources: [{ ...sid, packages: ["thing-2", "extra"] }, trixie] };
    expect((await hashes(more))[0]).not.toBe(before[0]);
  });

  test("of a folder changes with its arguments, its suites, its sources and where its version is read", async () => {
    const folder: FolderSource = {
      kind: "folder",
      folder: "thing/image",
      suite: "trixie",
      tools: "sid",
      args: { MODULE: "example.org/thing@v1", FLAGS: "-s" },
      version: { fixed: "v1" },
    };
    const sources: readonly FolderSource[] = [
      folder,
      { ...folder, args: { ...folder.args, MODULE: "example.org/thing@v2" } },
      { ...folder, tools: "trixie" },
      { ...folder, suite: "sid" },
      { ...folder, version: { fixed: "v2" } },
      { ...folder, version: { command: ["thing", "--version"], pattern: /(.*)/ } },
    ];
    const each = await hashes({ sources });
    expect(new Set(each).size).toBe(sources.length);
    const turned = { ...folder, args: { FLAGS: "-s", MODULE: "example.org/thing@v1" }, standIn: "Other" };
    expect(await hashes({ sources: [turned] })).toEqual(each.slice(0, 1));
    await write("server.ts", "export const port = 1;\n");
    expect(await hashes({ sources: [folder] })).not.toEqual(each.slice(0, 1));
  });
});

function built(hash: string, version: string, notes = "") {
  return {
    tags: [builtTag("thing", version, hash)],
    labels: { [IMAGE_LABELS.recipe]: hash, [IMAGE_LABELS.notes]: notes },
  };
}

describe("Images that are present", () => {
  test("are found by their label, the preferred source first", async () => {
    const [first, second] = (await candidatesOf(spec, services, noEdition)).map(known);
    const old = built(known(second).hash, "1.9-1", "a\nb");
    expect(findBuilt([old], "thing", [known(first), known(second)])).toMatchObject({
      version: "1.9-1",
      source: "debian",
      notes: ["a", "b"],
    });
    expect(findBuilt([old, built(known(first).hash, "2.0-1")], "thing", [known(first), known(second)])).toMatchObject({
      version: "2.0-1",
    });
    expect(findBuilt([old], "thing", [known(first)])).toBeUndefined();
    expect(findBuilt([old], "other", [known(second)])).toBeUndefined();
  });

  test("have the day of the packages of their base, which is older than they are", async () => {
    const [first] = (await candidatesOf(spec, services, noEdition)).map(known);
    const image = built(known(first).hash, "2.0-1");
    const labels = { ...image.labels, [IMAGE_LABELS.built]: "2026-11-30" };
    const later = findBuilt([{ ...image, labels }], "thing", [known(first)]);
    expect(later).toMatchObject({ builtOn: "2026-11-30" });
    expect(later).not.toHaveProperty("indexDate");
    const ofBase = { ...labels, [IMAGE_LABELS.baseBuilt]: "2026-09-01", [IMAGE_LABELS.index]: "2026-08-31" };
    expect(findBuilt([{ ...image, labels: ofBase }], "thing", [known(first)])).toMatchObject({
      builtOn: "2026-09-01",
      indexDate: "2026-08-31",
    });
    expect(findBuilt([image], "thing", [known(first)])).not.toHaveProperty("builtOn");
  });

  test("are not those that a killed run left half named", async () => {
    const [first] = await candidatesOf(spec, services, noEdition);
    const half = {
      tags: [buildingTag("thing", known(first).hash)],
      labels: { [IMAGE_LABELS.recipe]: known(first).hash },
    };
    expect(findBuilt([half], "thing", [known(first)])).toBeUndefined();
  });

  test("are found by the exact tag of the registry in use", () => {
    const images = [{ tags: ["thing:1.2"], digests: [] }];
    expect(findPulled(images, pulled, "")).toEqual({
      reference: "thing:1.2",
      source: "registry",
      version: "1.2",
      notes: [],
    });
    expect(findPulled(images, pulled, "mirror.example/")).toBeUndefined();
  });

  test("are found by their digest, which an image that was pulled by it has in place of a tag", () => {
    const source = { ...pulled, reference: "thing:1.2@sha256:abc" };
    const images = [{ tags: [], digests: ["mirror.example/thing@sha256:abc"] }];
    expect(findPulled(images, source, "mirror.example/")).toMatchObject({
      reference: "mirror.example/thing:1.2@sha256:abc",
      version: "1.2",
    });
    expect(findPulled([{ tags: ["thing:1.2"], digests: ["thing@sha256:def"] }], source, "")).toBeUndefined();
  });

  test("say which program stands in, pulled or built", async () => {
    const note = "Other stands in: another program with the same protocol";
    const images = [{ tags: ["thing:1.2"], digests: [] }];
    expect(findPulled(images, { ...pulled, standIn: "Other" }, "")).toMatchObject({ standIn: "Other", notes: [note] });
    const [candidate] = await candidatesOf({ sources: [{ ...sid, standIn: "Other" }] }, services, noEdition);
    const found = findBuilt([built(known(candidate).hash, "2.0", "a")], "thing", [known(candidate)]);
    expect(found).toMatchObject({ standIn: "Other", notes: [note, "a"] });
  });
});

test("every step of a recipe that installs packages is given the company's CA and the logins of mirrors", async () => {
  const files = await readdir(SERVICES_FOLDER, { recursive: true });
  const recipes = files.filter((path) => /(?:^|\/)Dockerfile[^/]*$/.test(path));
  expect(recipes.length).toBeGreaterThan(5);
  for (const path of recipes) {
    const text = await readFile(join(SERVICES_FOLDER, path), "utf8");
    const steps = text.replaceAll("\\\n", " ").split("\n");
    for (const step of steps.filter((line) => line.startsWith("RUN ") && line.includes("plumbline-install"))) {
      expect(step, path).toContain("--mount=type=secret,id=ca,");
      expect(step, path).toMatch(/--mount=type=secret,id=apt-auth /);
    }
  }
});
