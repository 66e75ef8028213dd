/** What every format promises of a run's results, whatever came of the run. */
import { describe, expect, test } from "vitest";
import type { ReportInput } from "../../stack/core/results/report-input.ts";
import { CASES } from "./report/cases.ts";

export interface ReportFormat {
  readonly name: string;
  readonly render: (input: ReportInput) => string;
  /** What a person reads, without markup and escapes. Throws where the format is not well-formed. */
  readonly read: (rendered: string) => string;
  /** Characters that it never holds, in place of all control characters. */
  readonly controls?: RegExp;
  /** It says nothing of a scenario that meets its baseline but its name: JUnit's case without a child. */
  readonly isSilentOnSuccess?: true;
}

/** All but the line feed: nothing of these is text, and terminals obey some. */
// oxlint-disable-next-line no-control-regex -- these are what is looked for
const CONTROL = /[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/;

export function reportContract(format: ReportFormat): void {
  describe(`format ${format.name}`, () => {
    describe.each(CASES)("of a run that $title", ({ input }) => {
      const rendered = format.render(input);
      const { run, verdict } = input.document;
      const text = () => shown(format.read(rendered));

      test("is well-formed, and ends as a text file does", () => {
        expect(() => format.read(rendered)).not.toThrow();
        expect(rendered.trim()).not.toBe("");
        expect(rendered.endsWith("\n")).toBe(true);
      });

      test("says the verdict, each scenario, and each verdict of its own", () => {
        for (const { name } of run.scenarios) expect(text()).toContain(shown(name));
        if (!verdict) return;
        const words = [verdict.verdict, ...verdict.scenarios.map((scenario) => scenario.verdict)];
        for (const word of words.filter((one) => one !== "meets" || !format.isSilentOnSuccess)) {
          expect(text()).toContain(word);
        }
      });

      test("names the likely cause, its evidence and the next command", () => {
        for (const { cause } of verdict?.scenarios ?? []) {
          if (!cause) continue;
          for (const part of [cause.kind, cause.evidence, cause.next]) expect(text()).toContain(shown(part));
        }
      });

      test("says why there are no figures of a scenario", () => {
        for (const scenario of run.scenarios) {
          if (scenario.status === "failed") expect(text()).toContain(shown(scenario.reason));
        }
      });

      test("holds no control character, and no number that is none", () => {
        expect((format.controls ?? CONTROL).exec(rendered)).toBeNull();
        expect(rendered).not.toMatch(/\bNaN\b|\bInfinity\b|\bundefined\b|\[object Object\]/);
      });

      test("is the same for the same results, which it leaves as they are", () => {
        const before = structuredClone(input);
        expect(format.render(input)).toBe(rendered);
        expect(input).toEqual(before);
      });
    });
  });
}

/** As every format shows what a service said: on lines of any length, with control characters replaced. */
function shown(text: string): string {
  return text.replaceAll(/\s+/g, " ").replaceAll(new RegExp(CONTROL, "g"), "\uFFFD").trim();
}
