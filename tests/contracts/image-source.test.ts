import { readdirSync } from "node:fs";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { FolderSource, ImageSource, PackagesSource, RegistrySource } from "../../stack/core/service/image.ts";
import type { BuildOrder } from "../../stack/images/build.ts";
import { obtainAll } from "../../stack/images/policy.ts";
import { findPresent } from "../../stack/images/present.ts";
import { SERVICES_FOLDER } from "../../stack/images/recipe.ts";
import { PROJECT } from "../support/core/sources.ts";
import { fakeLock } from "../support/fakes/image-lock.ts";
import { fakeEngine } from "../support/fakes/engine.ts";
import { known } from "../support/images/matching.ts";
import { imageSourceContract, type ImageWorld, type SourceSubject } from "./image-source.ts";

const RECIPES = join(PROJECT, "stack/services/kit/image");

const registry: RegistrySource = { kind: "registry", reference: "thing:1.2" };

const packages: PackagesSource = {
  kind: "packages",
  folder: "kit/image/debian-program",
  suite: "trixie",
  packages: ["thing-2"],
  version: { package: "thing-2" },
};

const wheel: FolderSource = {
  kind: "folder",
  folder: "kit/image/pypi-wheel",
  suite: "trixie",
  args: { WHEEL: "thing==3.1", HASHES: "sha256:aa" },
  version: { fixed: "3.1" },
};

const golang: FolderSource = {
  kind: "folder",
  folder: "kit/image/go-module",
  suite: "trixie",
  tools: "sid",
  args: { MODULE: "example.org/thing@v1" },
  version: { command: ["thing", "--version"], pattern: /^(\S+)/ },
};

/** By kind, so that a new kind does not compile without its subjects. */
const SUBJECTS: Readonly<Record<ImageSource["kind"], readonly SourceSubject[]>> = {
  registry: [
    {
      name: "registry",
      source: registry,
      version: "1.2",
      others: [
        { ...registry, reference: "thing:1.3" },
        { ...registry, reference: "other.example/thing:1.2" },
      ],
    },
  ],
  packages: [
    {
      name: "debian-program",
      source: packages,
      version: "2.0-1",
      others: [
        { ...packages, suite: "sid" },
        { ...packages, packages: ["thing-2", "extra"] },
      ],
    },
  ],
  folder: [
    {
      name: "pypi-wheel",
      source: wheel,
      version: "3.1",
      others: [
        { ...wheel, args: { ...wheel.args, HASHES: "sha256:bb" } },
        { ...wheel, suite: "sid" },
        { ...wheel, args: { ...wheel.args, WHEEL: "thing==3.2" }, version: { fixed: "3.2" } },
      ],
      same: [{ ...wheel, args: { HASHES: "sha256:aa", WHEEL: "thing==3.1" } }],
    },
    {
      name: "go-module",
      source: golang,
      version: "2.0-1",
      others: [
        { ...golang, args: { MODULE: "example.org/thing@v2" } },
        { ...golang, tools: "trixie" },
      ],
    },
  ],
};

const subjects = Object.values(SUBJECTS).flat();

for (const subject of subjects) imageSourceContract(subject, fakeWorld);

test("The contract must hold for every recipe that services share", () => {
  const names = subjects.map(({ name }) => name);
  for (const recipe of readdirSync(RECIPES)) expect(names).toContain(recipe);
});

const specOf = (source: ImageSource) => new Map([["thing", { sources: [source] }]]);

/** The engine in memory, with a registry that has everything and a builder that builds it, until both break down. */
async function fakeWorld(): Promise<ImageWorld> {
  const services = await mkdtemp(join(tmpdir(), "plumbline-sources-"));
  for (const { source } of subjects) {
    if (source.kind !== "registry") {
      await cp(join(SERVICES_FOLDER, source.folder), join(services, source.folder), { recursive: true });
    }
  }
  const store = fakeEngine().images;
  const lock = fakeLock();
  const built: string[] = [];
  let broken: string | undefined;

  async function build({ tag, labels }: BuildOrder) {
    built.push(`build ${tag}`);
    if (broken !== undefined) return { kind: "other", reason: broken } as const;
    store.images.set(tag, { labels, version: "2.0-1" });
    return undefined;
  }

  return {
    obtain: async (source) => {
      if (source.kind === "registry" && broken === undefined) store.registry.add(source.reference);
      const ending = new AbortController();
      const outcomes = await obtainAll(specOf(source), {
        policy: "auto",
        registryPlace: "",
        services,
        store,
        lock,
        editions: "any",
        report: () => {},
        signal: ending.signal,
        end: (reason) => ending.abort(reason),
        baseMaker: async () => async (suite) => ({ ok: true, reference: `base:${suite}`, notes: [] }),
        build,
      });
      return known(outcomes.get("thing"));
    },
    present: async (source) => {
      const found = await findPresent(specOf(source), {
        store,
        policy: "auto",
        services,
        registryPlace: "",
        lock,
        editions: "locked",
      });
      return found.get("thing");
    },
    work: () => [...store.asked.map((reference) => `ask for ${reference}`), ...built],
    breakDown: (reason) => {
      broken = reason;
      store.outage = reason;
    },
    edit: async (source) => {
      if (source.kind === "registry") throw new Error("nothing of it is ours");
      await writeFile(join(services, source.folder, "Dockerfile"), "ARG BASE\nFROM ${BASE}\nRUN true\n");
    },
    remove: () => rm(services, { recursive: true, force: true }),
  };
}
