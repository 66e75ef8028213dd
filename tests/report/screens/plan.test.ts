import { describe, expect, test } from "vitest";
import type { Plan } from "../../../stack/core/plan/action.ts";
import { limitsOf } from "../../../stack/core/results/commands/parts.ts";
import type { PlannedStack } from "../../../stack/core/results/commands/plan.ts";
import { planDocument } from "../../../stack/report/documents/documents.ts";
import { planDocumentOf, planReportText } from "../../../stack/report/screens/plan.ts";
import { MACHINE, smallStack } from "../../support/report/fixtures.ts";

const CHANGES: Plan = {
  actions: [
    { kind: "provision", command: "apt-get install docker.io", cause: "no container engine is installed" },
    { kind: "obtain-image", service: "redis", from: "redis:8", cause: "it is not in the engine" },
    { kind: "create-container", service: "redis", instance: "redis-1", cause: "no container of this name" },
  ],
  notes: ["port 6379 is taken"],
};

async function reportOf(change: Partial<PlannedStack> = {}): Promise<PlannedStack> {
  const { budget, services } = await smallStack();
  return {
    stack: "test",
    profile: "minimal",
    inUse: "minimal",
    runtime: "engine",
    engine: "unix:///var/run/docker.sock",
    machine: { ...limitsOf(MACHINE), from: "the machine" },
    sizedFor: limitsOf(budget.machine),
    plan: CHANGES,
    services: services.map(({ name, share, instances }) => {
      return { name, limits: limitsOf(share), instances: instances.map((instance) => instance.name) };
    }),
    ...change,
  };
}

describe("plan", () => {
  test("names the programs that stand in for others", async () => {
    const report = await reportOf();
    const services = report.services.map((service) => ({ ...service, standIn: "Other" }));
    const document = planDocument.parse(planDocumentOf({ ...report, services }, 0));
    expect(new Set(document.services.map(({ standIn }) => standIn))).toEqual(new Set(["Other"]));
    expect(planDocumentOf(report, 0).services[0]).not.toHaveProperty("standIn");
  });

  test("says each action with its cause, in the order of execution, and that nothing was done", async () => {
    expect(planReportText(await reportOf())).toBe(
      [
        "Profile minimal for the stack test, sized for 2 cpus and 4 GiB:",
        "  install (apt-get install docker.io): no container engine is installed",
        "  obtain image of redis (redis:8): it is not in the engine",
        "  create redis-1: no container of this name",
        "  note: port 6379 is taken",
        "3 changes. Nothing was done.",
      ].join("\n"),
    );
  });

  test("shows no command to the terminal: causes quote what servers have", async () => {
    const plan: Plan = {
      actions: [{ kind: "create-container", service: "redis", instance: "redis-1", cause: "mode is \u001B[2J" }],
      notes: ["\u009B2J"],
    };
    const text = planReportText(await reportOf({ plan }));
    expect(text).toContain("create redis-1: mode is \uFFFD[2J\n  note: \uFFFD2J");
  });

  test("an empty plan has no count and no changes", async () => {
    const text = planReportText(await reportOf({ plan: { actions: [], notes: [] } }));
    expect(text.split("\n").slice(1)).toEqual(["  nothing to do"]);
  });

  test("counts changes and no waits, and its document has both", async () => {
    const wait = { kind: "await-service", service: "redis", cause: "redis-1 is created" } as const;
    const report = await reportOf({ plan: { actions: [...CHANGES.actions, wait], notes: [] } });
    expect(planReportText(report).split("\n").slice(-2)).toEqual([
      "    wait until redis works: redis-1 is created",
      "3 changes. Nothing was done.",
    ]);
    expect(planDocument.parse(planDocumentOf(report, 0)).actions.at(-1)).toEqual({
      action: "await-service",
      text: "wait until redis works",
      cause: "redis-1 is created",
    });
  });

  test("names the profile that the stack has where another is planned", async () => {
    expect(planReportText(await reportOf({ inUse: "qa" }))).toContain("minimal for the stack test, which has qa now");
  });

  test("says when the machine is only the one that the profile asks for", async () => {
    const report = await reportOf({
      machine: { ...limitsOf(MACHINE), from: "the profile" },
      runtime: undefined,
      engine: undefined,
      inUse: undefined,
    });
    expect(planReportText(report)).toContain("the profile's machine");
    const document = planDocument.parse(planDocumentOf(report, 0));
    expect(document).toMatchObject({ machine: { cpus: 2, from: "the profile" } });
    expect(Object.keys(document)).not.toContain("engine");
  });

  test("the document has every action with kind, text and cause, and the sizes", async () => {
    const document = planDocument.parse(planDocumentOf(await reportOf(), 6));
    expect(document.actions.map(({ action }) => action)).toEqual(["provision", "obtain-image", "create-container"]);
    expect(document.exitCode).toBe(6);
    expect(document.services.map(({ name, instances }) => [name, instances])).toEqual([
      ["postgres", ["postgres"]],
      ["pgbouncer", ["pgbouncer"]],
      ["redis", ["redis-1"]],
    ]);
  });
});
