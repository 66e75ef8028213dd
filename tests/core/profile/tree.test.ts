import { describe, expect, test } from "vitest";
import { parse, problemsOf, profileOf } from "../../support/core/profile-fixtures.ts";

/** Reading a file blocks the process, and with it the signals: none may take more of the cpu than this. */
const CPU_MS = 3_000;

const repeat = (count: number, line: (index: number) => string) => Array.from({ length: count }, (_, i) => line(i));
const firstOf = (text: string) => problemsOf({ wanted: text })[0] ?? "";

describe("a file that a machine made, to keep the reader busy", () => {
  test.for<readonly [what: string, text: () => string, found: string]>([
    ["aliases in a row", () => `a: &a 1\nb: [${repeat(20_000, () => "*a").join(",")}]\n`, "too many aliases"],
    ["aliases of nothing", () => `b: [${repeat(20_000, () => "*a").join(",")}]\n`, "the alias *a"],
    ["keys in a mapping", () => repeat(16_000, (i) => `k${i}: 1`).join("\n"), "too many values"],
    ["the same key", () => repeat(25_000, () => "k: 1").join("\n"), "too many values"],
    ["lists in lists", () => `a: ${"[".repeat(60_000)}`, "mappings or lists that are nested too deeply"],
    ["lists in lists, one below the other", () => `${"- ".repeat(60_000)}a\n`, "nested too deeply"],
    ["lists, to the end", () => `a: ${"[".repeat(100)}${"]".repeat(100)}\n`, "nested too deeply"],
    ["broken lines", () => repeat(10_000, () => "a: b: c").join("\n"), "broken YAML"],
    [
      "aliases of aliases",
      () =>
        `a0: &a0 [x]\n${repeat(400, (i) => `a${i + 1}: &a${i + 1} [${repeat(9, () => `*a${i}`).join(",")}]`).join("\n")}\n`,
      "too many aliases",
    ],
    [
      "merges of merges",
      () =>
        `a0: &a0 { x: 1 }\n${repeat(40, (i) => `a${i + 1}: &a${i + 1} { <<: [${repeat(9, () => `*a${i}`).join(",")}] }`).join("\n")}\n`,
      "too many aliases",
    ],
  ])("%s must be refused soon", ([, text, found]) => {
    const before = process.cpuUsage();
    expect(firstOf(text())).toContain(found);
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(CPU_MS);
  });

  test("an alias inside of what it stands for must be refused at its place", () => {
    expect(firstOf("services: &s { store: *s }\n")).toMatch(/:1:23: found the alias \*s inside of what it stands for/);
    expect(firstOf("services: &s\n  <<: *s\n")).toMatch(/:2:7: found the alias \*s inside of what it stands for/);
  });
});

describe("what several parts of a profile share", () => {
  const text = [
    "x-log: &log { mode: log }", // 1
    "x-settings: &tuned",
    "  settings: { a: 1, b: 1 }", // 3
    "services:",
    "  store:",
    "    <<: [*tuned, *log]",
    "    nodes: 3", // 7
  ].join("\n");

  test("must be taken over by merge keys, from keys that begin with x-, which mean nothing else", () => {
    const { ok } = profileOf({ wanted: text });
    expect(ok.services).toEqual({ store: { mode: "log", nodes: 3 } });
    expect(ok.overrides).toEqual({ store: { a: 1, b: 1 } });
  });

  test("must give way to the mapping's own keys, and of two mappings to the first", () => {
    const wanted =
      "x-a: &a { mode: log, nodes: 4 }\nx-b: &b { mode: none }\nservices: { store: { <<: [*b, *a], nodes: 3 } }\n";
    expect(profileOf({ wanted }).ok.services).toEqual({ store: { mode: "none", nodes: 3 } });
  });

  test("must also be merged at the top, and in a parent", () => {
    const base = "x-common: &common\n  portOffset: 10\n  services: { store: true }\n<<: *common\n";
    expect(profileOf({ wanted: "extends: base\nportOffset: 20\n", base }).ok).toMatchObject({
      portOffset: 20,
      services: { store: {} },
    });
    expect(profileOf({ base }).ok.portOffset).toBe(10);
  });

  test("must have its places where it is written", () => {
    const { positionOf } = profileOf({ wanted: text });
    expect(positionOf(["services", "store", "settings", "b"], "key")).toMatchObject({ line: 3, column: 21 });
    expect(positionOf(["services", "store", "mode"])).toMatchObject({ line: 1, column: 21 });
    expect(positionOf(["services", "store", "nodes"])).toMatchObject({ line: 7 });
  });

  test("must be checked there: a mistake in it is one of its line", () => {
    const wanted = "x-a: &a\n  nodes: 2\nservices:\n  store: { <<: *a }\n";
    expect(problemsOf({ wanted })).toEqual([
      "profiles/wanted.yaml:2:10: services.store.nodes: found 2, expected 1, 3 or 4: two nodes have no majority",
    ]);
  });

  test("must be mappings", () => {
    expect(firstOf("services: { store: { <<: 3 } }\n")).toBe(
      "profiles/wanted.yaml:1:26: found something else to merge by <<, expected a mapping, or a list of mappings, whose keys are taken over",
    );
    expect(firstOf("x-a: &a [1]\nservices: { store: { <<: *a } }\n")).toContain("something else to merge");
  });

  test("must not be a key that is only written like a merge, nor an x- key further down", () => {
    expect(firstOf('services: { store: { "<<": { nodes: 3 } } }\n')).toContain(
      "services.store.<<: found an unknown key",
    );
    expect(firstOf("services: { store: { x-mine: 1 } }\n")).toContain("services.store.x-mine: found an unknown key");
    expect("problems" in parse({ wanted: "x-mine: [1, 2]\nservices: { store: true }\n" })).toBe(false);
  });
});

test("a key that stands twice must be told at its second place, in every mapping", () => {
  expect(problemsOf({ wanted: "services:\n  store: { nodes: 3, nodes: 3 }\n  queue: true\n  queue: true\n" })).toEqual([
    "profiles/wanted.yaml:2:22: nodes: found the key a second time, expected each key once in its mapping",
    "profiles/wanted.yaml:4:3: queue: found the key a second time, expected each key once in its mapping",
  ]);
});
