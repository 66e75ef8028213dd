import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { registry } from "../../../stack/services/index.ts";
import { remediesIn, remediesOf } from "../../support/core/remedies.ts";
import { PROJECT } from "../../support/core/sources.ts";
import { TABLE } from "./table.ts";

/** `--rm` of docker run removes its own container. */
const DESTRUCTIVE =
  /\b(destroy(s|ed)?|remov(e|es|ed|ing)|delet(e|es|ed|ing)|prunes?|wipes?|discards?)\b|(?<!--)\brm\b/i;

const remedies = remediesOf(["stack", "scripts"]);
const destructive = remedies.filter(({ text }) => DESTRUCTIVE.test(text));
const entriesOf = ({ path, text }: { readonly path: string; readonly text: string }) =>
  TABLE.filter((entry) => entry.path === path && text.startsWith(entry.text));
const named = ({ path, text }: { readonly path: string; readonly text: string }) => `${path}: ${text}`;

describe("a remedy that names a destructive act", () => {
  test("must have one entry in the table", () => {
    expect(destructive.filter((remedy) => entriesOf(remedy).length !== 1).map(named)).toEqual([]);
  });

  test("must be in the sources for each entry", () => {
    const used = new Set(destructive.flatMap(entriesOf));
    expect(TABLE.filter((entry) => !used.has(entry)).map(named)).toEqual([]);
  });

  test("must be followed by a test that there is", () => {
    const missing = TABLE.filter((entry) => "test" in entry && !hasTest(entry.test, entry.name));
    expect(missing.map(named)).toEqual([]);
  });

  test("must name a service that there is", () => {
    const names = destructive.flatMap(({ path, text }) =>
      [...text.matchAll(/npm run destroy -- ([a-z][a-z-]*)/g)].map(([, name = ""]) => ({ path, name })),
    );
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter(({ name }) => !registry.has(name))).toEqual([]);
  });
});

describe("remedies in a source", () => {
  test.each([
    ['throw new PlumblineError("A", { fix: `rm ${path}, then ${"up"}` });', ["rm …, then … up"]],
    ['const remedy = isOpen ? "delete it" : "keep it";', ["delete it keep it"]],
    ['const commands = [`npm run destroy -- ${service}`, "npm run up"];', ["npm run destroy -- …"]],
    ['const lock = warning("lock", `left by ${who}`, "--fix removes it.");', ["--fix removes it."]],
    ["function fixOf(name: string): string { return `docker rm ${name}`; }", ["docker rm … "]],
    ['export const text = { what: "was removed" };', []],
  ])("must be found: %s", (code, texts) => {
    expect(remediesIn(code).map((text) => text.trim())).toEqual(texts.map((text) => text.trim()));
  });
});

function hasTest(path: string, name: string): boolean {
  return readFileSync(join(PROJECT, path), "utf8").includes(name);
}
