import { describe, expect, test } from "vitest";
import { resultsSchema } from "../../../stack/core/results/performance-results.ts";
import { verdictSchema } from "../../../stack/core/results/verdict-schema.ts";
import { largeInput } from "../../support/report/html-fixtures.ts";

const { document } = largeInput();
const copy = (): unknown => JSON.parse(JSON.stringify(document.verdict));

describe("the verdict in a document", () => {
  test("must come back as it was, with what decided, the cause and the machine", () => {
    const read = resultsSchema.parse(JSON.parse(JSON.stringify(document)));
    expect(read).toEqual(document);
    expect(read.verdict?.machine).toMatchObject({ state: "busy", neighbours: [{ name: "cc1plus", cores: 0.41 }, {}] });
    expect(read.verdict?.scenarios[0]).toMatchObject({ decidedBy: "work" });
  });

  test("must be readable without the parts that older ones lack", () => {
    const { machine: _, scenarios = [], ...older } = document.verdict ?? { verdict: "meets" };
    const bare = scenarios.map(({ decidedBy: __, decidedInS: ___, ...scenario }) => scenario);
    expect(verdictSchema.safeParse({ ...older, scenarios: bare }).success).toBe(true);
  });

  test.for([
    ["a state of the machine", { machine: { ...document.verdict?.machine, state: "tired" } }],
    ["an outcome", { verdict: "fine" }],
    ["a field", { extra: 1 }],
    [
      "a metric",
      { scenarios: document.verdict?.scenarios.map((one) => ({ ...one, comparisons: [{ metric: "speed" }] })) },
    ],
  ] as const)("must not be read with %s that nobody knows", ([, change]) => {
    expect(verdictSchema.safeParse(copy()).success).toBe(true);
    expect(verdictSchema.safeParse({ ...document.verdict, ...change }).success).toBe(false);
  });
});
