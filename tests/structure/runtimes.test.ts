import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { realHost } from "../../stack/host/host.ts";
import { runtimeNames, runtimes } from "../../stack/runtimes/index.ts";
import { importsOf } from "../support/core/imports.ts";
import { PROJECT, sourcesOf, withoutComments } from "../support/core/sources.ts";

const FOLDER = "stack/runtimes";
/** What several runtimes share; no runtime itself. */
const SHARED = ["compose", "provision"];
const PLATFORMS = ["darwin", "linux", "other"] as const;

describe("the registry of runtimes", () => {
  test("must be the folders of stack/runtimes, and nothing else", () => {
    const folders = readdirSync(join(PROJECT, FOLDER), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(new Set([...runtimeNames, ...SHARED])).toEqual(new Set(folders.map((entry) => entry.name)));
    expect(new Set(runtimeNames).size).toBe(runtimes.length);
  });

  test("must make each under its own name, without touching anything", () => {
    for (const { name, make } of runtimes) expect(make({ stack: "never-was", host: realHost() }).name).toBe(name);
  });

  test.for(PLATFORMS)("must have a first choice on %s, and no two of the same preference", (platform) => {
    const preferences = runtimes.flatMap(({ preference }) => preference(platform) ?? []);
    expect(preferences.length).toBeGreaterThan(0);
    expect(new Set(preferences).size).toBe(preferences.length);
  });
});

/** Files in which a runtime's name may stand. */
const isOwn = (path: string, name: string) => path.startsWith(`${FOLDER}/${name}/`) || path === `${FOLDER}/index.ts`;

describe("the name of a runtime", () => {
  test("must be no way into its folder: others come by the registry", () => {
    const crossing = importsOf(["stack", "scripts"]).filter(({ from, to }) =>
      runtimeNames.some((name) => to.startsWith(`${FOLDER}/${name}/`) && !isOwn(from, name)),
    );
    expect(crossing.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  /** "engine" is also the word for what runs containers: it counts where it can only be the runtime's name. */
  const WORDS: ReadonlySet<string> = new Set(["engine"]);
  const named = (name: string) =>
    WORDS.has(name)
      ? new RegExp(
          [
            `--runtime[= ]${name}\\b`,
            `\\bruntime(s|Name|\\.name)?\\b["']?\\]?\\s*(:|[!=]==?)\\s*["'\`]${name}["'\`]`,
            `\\bname\\s*(:|[!=]==?)\\s*["'\`]${name}["'\`]`,
            `\\bwanted\\s*(:|[!=]==?)\\s*["'\`]${name}["'\`]`,
            `\\bruntimes(\\.|\\[["'\`])${name}\\b`,
          ].join("|"),
        )
      : new RegExp(`\\b${name}\\b`, "i");

  test("must appear in no code but its folder and the registry: ask features", () => {
    const found = sourcesOf(["stack", "scripts"], [".ts", ".mjs"]).flatMap(({ path, text }) => {
      const code = withoutComments(text);
      return runtimeNames
        .filter((name) => !isOwn(path, name) && named(name).test(code))
        .map((name) => `${path}: ${name}`);
    });
    expect(found).toEqual([]);
  });

  test.for([
    `if (runtime.name === "engine") return;`,
    `chooseRuntime({ wanted: "engine", stack })`,
    "const fix = `npm run up -- --runtime engine`;",
    `runtimes["engine"]`,
  ])("must be found where a word of the domain is used as one: %s", (code) => {
    expect(named("engine").test(code)).toBe(true);
  });

  test.for([`found.kind === "engine"`, `Pick<World, "engine" | "folder">`, `limitsFrom: "engine"`])(
    "must not be seen in what is said of the engine: %s",
    (code) => {
      expect(named("engine").test(code)).toBe(false);
    },
  );
});
