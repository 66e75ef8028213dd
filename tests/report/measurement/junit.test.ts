import { describe, expect, test } from "vitest";
import { z } from "zod";
import { resultsDocument } from "../../../stack/core/results/performance-results.ts";
import { judge } from "../../../stack/judge/verdict/verdict.ts";
import { renderJunit } from "../../../stack/report/measurement/junit.ts";
import { runOf, scenarioOf } from "../../support/judge/runs.ts";
import { elementsOf, parseXml, type Element } from "../../support/report/xml.ts";
import { firstInput, largeInput } from "../../support/report/html-fixtures.ts";

const count = z.string().regex(/^\d+$/);
const seconds = z.string().regex(/^\d+\.\d+$/);

/** What the schema of https://github.com/windyroad/JUnit-Schema asks of attributes; it knows no others. */
const ATTRIBUTES: Readonly<Record<string, z.ZodType>> = {
  testsuites: z.strictObject({}),
  testsuite: z.strictObject({
    name: z.string().min(1),
    package: z.string(),
    id: count,
    timestamp: z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/),
    hostname: z.string().min(1),
    tests: count,
    failures: count,
    errors: count,
    skipped: count,
    time: seconds,
  }),
  properties: z.strictObject({}),
  property: z.strictObject({ name: z.string().min(1), value: z.string() }),
  testcase: z.strictObject({ name: z.string(), classname: z.string(), time: seconds }),
  failure: z.strictObject({ type: z.string(), message: z.string() }),
  skipped: z.strictObject({ message: z.string() }),
  "system-out": z.strictObject({}),
  "system-err": z.strictObject({}),
};

/** Which children each element has, in their order. */
const CHILDREN: Readonly<Record<string, RegExp>> = {
  testsuites: /^(testsuite )*$/,
  testsuite: /^properties (testcase )*system-out system-err $/,
  properties: /^(property )*$/,
  testcase: /^((failure|skipped) )?$/,
};

function violations(root: Element): readonly string[] {
  return elementsOf(root).flatMap(({ name, attributes, children }) => {
    const parsed = ATTRIBUTES[name]?.safeParse(attributes);
    const order = children.map((child) => `${child.name} `).join("");
    return [
      ...(parsed?.success ? [] : [`attributes of ${name}: ${parsed?.error.message}`]),
      ...((CHILDREN[name] ?? /^$/).test(order) ? [] : [`children of ${name}: ${order}`]),
    ];
  });
}

const casesOf = (root: Element) => elementsOf(root).filter(({ name }) => name === "testcase");

const { document } = largeInput();

describe("the JUnit XML of a run", () => {
  test.for([
    ["with a baseline", document],
    ["without one", firstInput().document],
    ["that goes on", resultsDocument(runOf([scenarioOf("store/read", [])]))],
    ["without scenarios", resultsDocument(runOf([]))],
  ] as const)("%s must be valid", ([, each]) => {
    expect(violations(parseXml(renderJunit(each)))).toEqual([]);
  });

  test("must have a suite for each service and a case for each scenario, with counts that add up", () => {
    const root = parseXml(renderJunit(document));
    expect(root.children.map(({ attributes }) => attributes["name"])).toEqual([
      "postgres",
      "pgbouncer",
      "mysql",
      "redis",
      "rabbitmq",
    ]);
    expect(casesOf(root)).toHaveLength(document.run.scenarios.length);
    for (const suite of root.children) {
      const cases = casesOf(suite);
      const having = (name: string) => cases.filter(({ children }) => children[0]?.name === name).length;
      const { tests, failures, skipped } = suite.attributes;
      expect([tests, failures, skipped].map(Number)).toEqual([cases.length, having("failure"), having("skipped")]);
    }
  });

  test("must fail what is below, with the reason and the likely cause, and skip what is open", () => {
    const cases = casesOf(parseXml(renderJunit(document)));
    const outcomes = cases.map(({ children: [child] }) => [child?.name, child?.attributes["message"]?.split(":")[0]]);
    const verdicts = document.verdict?.scenarios.map(({ verdict }) => verdict) ?? [];
    expect(new Set(verdicts)).toEqual(new Set(["meets", "below", "inconclusive"]));
    const wanted = { below: ["failure", "below"], inconclusive: ["skipped", "inconclusive"] } as const;
    expect(outcomes).toEqual(
      verdicts.map((word) => (word === "below" || word === "inconclusive" ? wanted[word] : [undefined, undefined])),
    );
    const failure = cases.flatMap(({ children }) => children).find(({ name }) => name === "failure");
    expect(failure?.text).toMatch(/worse by \d+ % to \d+ %[^]*likely cause: /);
  });

  test("must fail nothing because of the machine, and say what it did", () => {
    const root = parseXml(renderJunit(document));
    const properties = elementsOf(root).filter(({ name }) => name === "property");
    const machine = properties.find(({ attributes }) => attributes["name"] === "machine now");
    expect(machine?.attributes["value"]).toBe(
      "busy: others use 0.6 of 4 cpus, at the baseline 0.1: it gives 18 % less",
    );
    const failures = elementsOf(root).filter(({ name }) => name === "failure");
    expect(failures).toHaveLength(document.verdict?.scenarios.filter(({ verdict }) => verdict === "below").length ?? 0);
  });

  test("must name the probable cause of what is open, and the work of each operation with its change", () => {
    const root = parseXml(renderJunit(document));
    const skipped = elementsOf(root).find(({ name }) => name === "skipped");
    expect(skipped?.attributes["message"]).toMatch(
      /^inconclusive: .*; probable cause: own load: .*; next: npm run logs/,
    );
    const out = elementsOf(root).find(({ name }) => name === "system-out")?.text;
    expect(out).toMatch(
      /^postgres\/insert one row: 1,452 ops\/s, .* 10 blocks; per operation cpu \d+ µs \([−+]?\d %\), synced writes 0\.42 \(0 %\), .*; meets by \w+$/m,
    );
  });

  test("must fail a scenario that failed and skip one that was not measured, as on a first run all that were", () => {
    const { blocks: _, histogram: __, notes: ___, ...head } = scenarioOf("store/write", []);
    const run = runOf([
      { ...head, status: "failed", reason: 'refused: <b>"no" & never</b>\u001B[0m', errors: 10 },
      { ...head, name: "store/late", status: "skipped", reason: "no time was left" },
    ]);
    const [failed, skipped] = casesOf(parseXml(renderJunit(resultsDocument(run, judge(run, undefined)))));
    expect(failed?.children[0]?.attributes["message"]).toBe('failed: refused: <b>"no" & never</b>\uFFFD[0m');
    expect(skipped?.children[0]?.attributes["message"]).toBe("not measured: no time was left");
    const first = casesOf(parseXml(renderJunit(firstInput().document)));
    expect(first.every(({ children: [child] }) => child?.name === "skipped")).toBe(true);
  });
});
