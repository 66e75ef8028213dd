import { describe, expect, test } from "vitest";
import { GIB } from "../../../stack/core/units.ts";
import { parse, problemsOf, profileOf } from "../../support/core/profile-fixtures.ts";

const KEYS = "extends, description, machine, services, workload, verification, images, runtime or portOffset";
const SIZE = 'a size with its unit, such as "8 GiB"';

describe("one mistake", () => {
  /** What follows a good line 1: the expected problem is on the line and column given. */
  test.for<readonly [text: string, problem: string]>([
    ["descripton: x", `2:1: descripton: found an unknown key, expected ${KEYS}; did you mean description?`],
    ["zzz: x", `2:1: zzz: found an unknown key, expected ${KEYS}`],
    [
      "machine: { cpu: 4 }",
      "2:12: machine.cpu: found an unknown key, expected cpus, memory, disk or image; did you mean cpus?",
    ],
    ["machine: 4", "2:10: machine: found 4, expected a mapping of keys"],
    ["machine:", "2:9: machine: found nothing, expected a mapping of keys"],
    ['machine: { cpus: "4" }', '2:18: machine.cpus: found "4", expected a whole number from 1 to 256; did you mean 4?'],
    ["machine: { cpus: 0 }", "2:18: machine.cpus: found 0, expected a whole number from 1 to 256"],
    ["machine: { cpus: 1.5 }", "2:18: machine.cpus: found 1.5, expected a whole number from 1 to 256"],
    ["machine: { memory: 8 }", `2:20: machine.memory: found 8, expected ${SIZE}`],
    ["machine: { memory: 8 Gigs }", `2:20: machine.memory: found "8 Gigs", expected ${SIZE}`],
    ["machine: { memory: 8 MiB }", '2:20: machine.memory: found "8 MiB", expected from "1 GiB" to "4096 GiB"'],
    ["machine: { disk: [1] }", `2:18: machine.disk: found a list, expected ${SIZE}`],
    [
      "workload: { kind: wbe }",
      '2:19: workload.kind: found "wbe", expected "web", "oltp", "dw" or "mixed"; did you mean "web"?',
    ],
    ["workload: { clients: -1 }", "2:22: workload.clients: found -1, expected a whole number from 1 to 100000"],
    [
      "verification: { budget: 30 }",
      '2:25: verification.budget: found 30, expected a time with its unit, such as "30 s"',
    ],
    [
      "verification: { budget: 2 h }",
      '2:25: verification.budget: found "2 h", expected a time with its unit, such as "30 s"',
    ],
    ["verification: { budget: 90 min }", '2:25: verification.budget: found "90 min", expected from "1 s" to "60 min"'],
    ["verification: { margin: 0.1 }", '2:25: verification.margin: found 0.1, expected a percentage, such as "10%"'],
    ["images: Debian", '2:9: images: found "Debian", expected "auto", "registry" or "debian"; did you mean "debian"?'],
    ["runtime: colma", '2:10: runtime: found "colma", expected "auto", "colima" or "engine"; did you mean "colima"?'],
    ["portOffset: 60000", "2:13: portOffset: found 60000, expected a whole number from 0 to 49000"],
    ["description: 7", "2:14: description: found 7, expected a text"],
    ["extends: [a]", "2:10: extends: found a list, expected a text"],
    [
      "extends: ./base.yaml",
      '2:10: extends: found "./base.yaml", which is no profile, expected the name of a profile: base; did you mean base?',
    ],
    [
      "extends: bsae",
      '2:10: extends: found "bsae", which is no profile, expected the name of a profile: base; did you mean base?',
    ],
    ["services: { store: true }", "2:1: services: found the key a second time, expected each key once in its mapping"],
    ["description: *x", "2:14: found the alias *x, expected an anchor &x before it"],
    ["machine: !vm { cpus: 2 }", "2:10: found broken YAML, expected valid YAML (Unresolved tag: !vm)"],
    ["a: b: c", "2:4: found broken YAML, expected valid YAML (Nested mappings are not allowed in compact mappings)"],
  ])("%s must be refused at its place", ([text, problem]) => {
    expect(problemsOf({ wanted: `services: { store: true }\n${text}\n`, base: "" })).toEqual([
      `profiles/wanted.yaml:${problem}`,
    ]);
  });

  test.for<readonly [text: string, problem: string]>([
    [
      "stroe: true",
      "2:3: services.stroe: found an unknown service, expected store, pool or queue; did you mean store?",
    ],
    [
      "store: yes",
      '2:10: services.store: found "yes", expected true, false or a mapping of options; did you mean true?',
    ],
    [
      "store: { node: 3 }",
      "2:12: services.store.node: found an unknown key, expected nodes, mode, ratio or settings; did you mean nodes?",
    ],
    ["store: { nodes: 2 }", "2:19: services.store.nodes: found 2, expected 1, 3 or 4: two nodes have no majority"],
    ["store: { ratio: 1 }", "2:19: services.store.ratio: found 1, expected less than 1"],
    ["store: { mode: long }", '2:18: services.store.mode: found "long", expected "none" or "log"; did you mean "log"?'],
    [
      "store: { settings: { a: [1] } }",
      "2:27: services.store.settings.a: found a list, expected a text, a number, true or false",
    ],
    ["store: { nodes: 1, mode: log }", '2:28: services.store.mode: found "log", expected "none" with one node'],
    [
      "pool: true",
      "2:3: services.pool: found pool without store, expected the service store, which pool is useless without, or pool: false",
    ],
    ["store: false", "1:1: services: found no service, expected at least one service"],
  ])("services: %s must be refused at its place", ([text, problem]) => {
    expect(problemsOf({ wanted: `services:\n  ${text}\n` })).toEqual([`profiles/wanted.yaml:${problem}`]);
  });

  test.for<readonly [text: string, problem: string]>([
    ["", "1:1: services: found no service, expected at least one service"],
    ["- a\n", "1:1: found a list, expected a mapping of keys"],
    ["just text\n", '1:1: found "just text", expected a mapping of keys'],
    [
      "services: { store: true }\n---\nservices: { pool: true }\n",
      "2:1: found a second document, expected one document in the file",
    ],
  ])("the file %j must be refused", ([text, problem]) => {
    expect(problemsOf({ wanted: text })).toEqual([`profiles/wanted.yaml:${problem}`]);
  });
});

describe("many mistakes", () => {
  test("five mistakes must be reported at once, each at its place", () => {
    const wanted = [
      "descripton: load", // 1
      "machine:",
      "  cpus: many", // 3
      "  memory: 16 Gigs", // 4
      "services:",
      "  store:",
      "    nodes: 2", // 7
      "  queu: true", // 8
    ].join("\n");
    expect(problemsOf({ wanted }).map((line) => line.split(": ").slice(0, 2).join(": "))).toEqual([
      "profiles/wanted.yaml:1:1: descripton",
      "profiles/wanted.yaml:3:9: machine.cpus",
      "profiles/wanted.yaml:4:11: machine.memory",
      "profiles/wanted.yaml:7:12: services.store.nodes",
      "profiles/wanted.yaml:8:3: services.queu",
    ]);
  });

  test("mistakes of a parent must be reported in the parent's file, after the child's", () => {
    const texts = { wanted: "extends: base\nimages: none\n", base: "services: { store: { nodes: 5 } }\n" };
    expect(problemsOf(texts).map((line) => line.split(": ")[0])).toEqual([
      "profiles/wanted.yaml:2:9",
      "profiles/base.yaml:1:29",
    ]);
  });

  test("broken YAML must be reported alone in its file, beside the mistakes of the other files", () => {
    const lines = problemsOf({ wanted: "extends: base\nmachine: { cpus: 0 }\n", base: "images: [none\n" });
    expect(lines.map((line) => line.split(": found")[0])).toEqual([
      "profiles/wanted.yaml:2:18: machine.cpus",
      "profiles/base.yaml:2:1",
    ]);
  });

  test("a combination that only the merged profile shows must be reported where it was made", () => {
    const base = "services: { store: { mode: log } }\n";
    expect(problemsOf({ wanted: "extends: base\nservices: { store: { nodes: 1 } }\n", base })).toEqual([
      'profiles/base.yaml:1:28: services.store.mode: found "log", expected "none" with one node',
    ]);
  });
});

describe("extends", () => {
  test("a circle must be refused with its members", () => {
    expect(problemsOf({ a: "extends: b\n", b: "extends: c\n", c: "extends: a\n" })).toEqual([
      "profiles/c.yaml:1:10: extends: found a circle: a -> b -> c -> a, expected a parent that does not extend this profile",
    ]);
  });

  test("a profile that extends itself must be refused", () => {
    expect(problemsOf({ a: "extends: a\nservices: { store: true }\n" })[0]).toContain("found a circle: a -> a");
  });

  test("a dropped service that another one requires must be refused where it was dropped", () => {
    const base = "services:\n  store: true\n  pool: true\n";
    expect(problemsOf({ wanted: "extends: base\nservices:\n  store: false\n", base })).toEqual([
      "profiles/wanted.yaml:3:3: services.store: found pool without store, expected the service store, which pool is useless without, or pool: false",
    ]);
  });

  test("keys of the child must replace the parent's one by one", () => {
    const { ok } = profileOf({
      wanted:
        "extends: base\nmachine: { cpus: 8 }\nservices:\n  store: { nodes: 4, settings: { b: 2 } }\n  queue: false\n",
      base: "machine: { memory: 16 GiB }\nservices:\n  queue: true\n  store: { mode: log, settings: { a: 1, b: 1 } }\n",
    });
    expect(ok.machine).toEqual({ cpus: 8, memory: 16 * GIB, disk: 60 * GIB });
    expect(ok.services).toEqual({ store: { mode: "log", nodes: 4 } });
    expect(ok.overrides).toEqual({ store: { a: 1, b: 2 } });
  });
});

describe("a good profile", () => {
  test("what a profile does not say must have its default", () => {
    expect(profileOf({ small: "services: { store: }\n" }).ok).toEqual({
      name: "small",
      description: "",
      machine: { cpus: 4, memory: 8 * GIB, disk: 60 * GIB },
      services: { store: {} },
      overrides: {},
      workload: { kind: "web", clients: 100, connections: 15 },
      verification: { budgetS: 30, margin: 0.1 },
      images: "auto",
      runtime: "auto",
      portOffset: 0,
    });
  });

  test("services must come in the profile's order", () => {
    expect(Object.keys(profileOf({ a: "services: { queue: true, pool: true, store: true }\n" }).ok.services)).toEqual([
      "queue",
      "pool",
      "store",
    ]);
  });

  test("times and percentages must be read in their units", () => {
    const { ok } = profileOf({ a: "services: { store: }\nverification: { budget: 2 min, margin: 7.5% }\n" });
    expect(ok.verification).toEqual({ budgetS: 120, margin: 0.075 });
  });

  test("the place of a setting must be found in the file that has the last word on it", () => {
    const { positionOf } = profileOf({
      wanted: "extends: base\nservices:\n  store:\n    settings:\n      b: 2\n",
      base: "services: { store: { settings: { a: 1, b: 1 } } }\n",
    });
    const of = (name: string) => positionOf(["services", "store", "settings", name], "key");
    expect(of("a")).toEqual({ file: "profiles/base.yaml", line: 1, column: 34 });
    expect(of("b")).toEqual({ file: "profiles/wanted.yaml", line: 5, column: 7 });
    expect(of("c")).toBeUndefined();
    expect(positionOf(["machine", "cpus"])).toBeUndefined();
  });

  test("an alias must mean what it points at, and its place is its own", () => {
    const text = "services: { store: { nodes: &n 3, settings: { a: *n } } }\n";
    const { ok, positionOf } = profileOf({ a: text });
    expect(ok.overrides).toEqual({ store: { a: 3 } });
    expect(positionOf(["services", "store", "settings", "a"])?.column).toBe(50);
  });

  test("aliases that expand without bound must be refused", () => {
    const names = ["b", "c", "d", "e", "f", "g"];
    const lines = names.map((name, index) => level(name, index === 0 ? "a" : (names[index - 1] ?? "a")));
    expect(problemsOf({ wanted: `a: &a [x]\n${lines.join("\n")}\n` })[0]).toContain("found too many aliases");
  });

  test("names of JavaScript must be names like any other", () => {
    const lines = problemsOf({
      wanted: "services: { store: true, constructor: true }\ntoString: 1\n__proto__: { a: 1 }\n",
    });
    expect(lines.map((line) => line.split(": ").slice(1, 3).join(": "))).toEqual([
      "services.constructor: found an unknown service, expected store, pool or queue",
      `toString: found an unknown key, expected ${KEYS}`,
      `__proto__: found an unknown key, expected ${KEYS}`,
    ]);
    expect("problems" in parse({ wanted: "services: { store: { settings: { constructor: 1 } } }\n" })).toBe(false);
  });
});

function level(name: string, of: string): string {
  return `${name}: &${name} [${Array.from({ length: 9 }, () => `*${of}`).join(", ")}]`;
}
