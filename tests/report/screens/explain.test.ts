import { expect, test } from "vitest";
import { explain } from "../../../stack/core/desire/explain.ts";
import type { Explained } from "../../../stack/core/results/commands/explain.ts";
import { limitsOf, type MachineSize } from "../../../stack/core/results/commands/parts.ts";
import { explainDocument } from "../../../stack/report/documents/documents.ts";
import { explainDocumentOf, explainText } from "../../../stack/report/screens/explain.ts";
import { MACHINE, smallStack } from "../../support/report/fixtures.ts";

async function reportOf(name: string | undefined, from: MachineSize["from"]): Promise<Explained> {
  const { budget, services } = await smallStack();
  const sized = services.map(({ definition, share, settings }) => ({ definition, share, settings, requires: [] }));
  const explanations = explain(budget, sized, name);
  const machine = { ...limitsOf(MACHINE), from };
  return { stack: "test", profile: "minimal", machine, sizedFor: limitsOf(budget.machine), explanations, notes: [] };
}

test("one setting is explained by formula, inputs, source and what it takes to change it", async () => {
  const text = explainText(await reportOf("postgres.shared_buffers", "the machine"));
  expect(text).toMatch(/^Profile minimal, sized for 2 cpus and 4 GiB\.\n\npostgres\.shared_buffers = /);
  for (const part of ["because", "with", "source", "change"]) expect(text).toContain(`\n  ${part}`);
});

test("what up refuses is said before the numbers, and is in the document", async () => {
  const notes = ["mine.yaml:4:20: services.redis.settings.databases: found 16, expected 1; `up` refuses it"];
  const report = { ...(await reportOf("redis.maxmemory", "the machine")), notes };
  expect(explainText(report)).toMatch(
    /^Profile minimal, .*\.\n! mine\.yaml:4:20: .* refuses it\n\nredis\.maxmemory = /,
  );
  expect(explainDocument.parse(explainDocumentOf(report)).notes).toEqual(notes);
});

test("without an engine it says that the machine is the profile's", async () => {
  const report = await reportOf("redis", "the profile");
  expect(explainText(report)).toContain("the machine that it asks for, 2 cpus and 4 GiB: no engine answers");
  expect(explainDocumentOf(report).machine.from).toBe("the profile");
});

test("the document holds every explanation of the whole stack", async () => {
  const document = explainDocument.parse(explainDocumentOf(await reportOf(undefined, "the machine")));
  expect(new Set(document.explanations.map(({ service }) => service))).toEqual(
    new Set(["machine", "postgres", "pgbouncer", "redis"]),
  );
});
