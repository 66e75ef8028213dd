import { expect, test } from "vitest";
import { resultsSchema } from "../../stack/core/results/performance-results.ts";
import { resultsRenderer } from "../../stack/report/measurement/renderer.ts";
import { elementsOf, parseXml } from "../support/report/xml.ts";
import { CASES } from "./report/cases.ts";
import { reportContract, type ReportFormat } from "./report.ts";

const formats: readonly ReportFormat[] = [
  { name: "text", render: ({ document }) => resultsRenderer.text(document, []), read: (text) => text },
  {
    name: "screen",
    render: ({ document }) => {
      const { head, scenarios, findings } = resultsRenderer.screen(document);
      return `${[head, ...scenarios, ...findings].join("\n")}\n`;
    },
    read: (text) => text,
  },
  {
    name: "json",
    render: ({ document }) => `${JSON.stringify(document)}\n`,
    read: (text) => textsOf(resultsSchema.parse(JSON.parse(text))).join("\n"),
    // RFC 8259, section 7; a string holds all others as they are.
    // oxlint-disable-next-line no-control-regex -- these are what is looked for
    controls: /[\u0000-\u0009\u000B-\u001F]/,
  },
  { name: "html", render: (input) => resultsRenderer.html(input), read: textOfXml },
  { name: "markdown", render: ({ document }) => resultsRenderer.markdown(document), read: textOfMarkdown },
  {
    name: "junit",
    render: ({ document }) => resultsRenderer.junit(document),
    read: textOfXml,
    isSilentOnSuccess: true,
  },
];

for (const format of formats) reportContract(format);

test("The contract must hold for every format that there is, and for every verdict", () => {
  expect(formats.map(({ name }) => name).filter((name) => name !== "json")).toEqual(Object.keys(resultsRenderer));
  for (const { title, verdict, input } of CASES) expect(input.document.verdict?.verdict, title).toBe(verdict);
  expect(CASES.flatMap(({ input }) => input.document.verdict?.scenarios ?? []).some(({ cause }) => cause)).toBe(true);
});

function textOfXml(source: string): string {
  const elements = elementsOf(parseXml(source));
  return [elements[0]?.text ?? "", ...elements.flatMap(({ attributes }) => Object.values(attributes))].join("\n");
}

/** What is left of a text that holds no markup but ours. Entities stand where a backslash would not help. */
function textOfMarkdown(source: string): string {
  const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", "#124": "|", "#64": "@" };
  return source
    .replaceAll(/\\([\\`*_{}[\]()#+!~])/g, "$1")
    .replaceAll(/&(amp|lt|gt|#124|#64);/g, (found, name: string) => entities[name] ?? found);
}

function textsOf(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsOf) : [];
}
