import { describe, expect, test } from "vitest";
import { decideOptions } from "../../../scripts/lib/until-decided.ts";

const OUTLOOK = { scenarios: 12, undecided: 3, decidable: 3, expectedS: 40 };

const refused = () => Promise.reject(new Error("nobody is asked"));

describe("a run beyond its budget", () => {
  test("is what --until-decided allows, and then nobody is asked, also on a terminal", () => {
    expect(decideOptions({ untilDecided: 90 }, { offer: refused })).toEqual({ untilDecidedS: 90 });
  });

  test("is asked for on a terminal, with the seconds that it would take", async () => {
    const asked: string[] = [];
    const offer = async (question: string) => {
      asked.push(question);
      return true;
    };
    const { measureOn } = decideOptions({}, { offer });
    expect(await measureOn?.(OUTLOOK, 80)).toBe(true);
    expect(await measureOn?.({ ...OUTLOOK, decidable: 2 }, 80)).toBe(true);
    expect(await measureOn?.({ ...OUTLOOK, undecided: 1, decidable: 1 }, 80)).toBe(true);
    expect(asked).toEqual([
      "3 of 12 scenarios are undecided; about 40 s more would decide them. Measure on, for 80 s at most?",
      "3 of 12 scenarios are undecided; about 40 s more would decide 2 of them. Measure on, for 80 s at most?",
      "1 of 12 scenarios is undecided; about 40 s more would decide it. Measure on, for 80 s at most?",
    ]);
  });

  test("is not asked for without a terminal", () => {
    expect(decideOptions({}, {})).toEqual({});
  });

  test("needs benchmarks", () => {
    expect(() => decideOptions({ bench: false, untilDecided: 60 }, {})).toThrow("--no-bench");
  });
});
