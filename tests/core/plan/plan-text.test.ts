import { expect, test } from "vitest";
import { isChange, type Action } from "../../../stack/core/plan/action.ts";
import { actionText, planText, summaryText } from "../../../stack/core/plan/plan-text.ts";
import type { MachineWish } from "../../../stack/core/machine/machine.ts";
import { gib, mib } from "../../../stack/core/units.ts";

const wish: MachineWish = { cpus: 4, memory: gib(8), disk: gib(60) };
const from: MachineWish = { cpus: 2, memory: gib(4), disk: gib(20) };
const on = { service: "store", instance: "store-1", cause: "why" };
const share = { memory: mib(512), cpus: 1 };

/** Every kind of action, in the order in which a plan has them. */
const actions: readonly (readonly [action: Action, text: string])[] = [
  [{ kind: "provision", command: "apt-get install docker.io", cause: "why" }, "install (apt-get install docker.io)"],
  [{ kind: "create-machine", wish, cause: "why" }, "create machine with 4 cpus, 8 GiB, 60 GiB of disk"],
  [{ kind: "start-machine", wish, cause: "why" }, "start machine with 4 cpus, 8 GiB, 60 GiB of disk"],
  [
    { kind: "resize-machine", from, wish, cause: "why" },
    "resize machine from 2 cpus, 4 GiB, 20 GiB of disk to 4 cpus, 8 GiB, 60 GiB of disk (stops everything)",
  ],
  [{ kind: "repair-machine", wish, cause: "why" }, "repair machine with 4 cpus, 8 GiB, 60 GiB of disk"],
  [
    { kind: "obtain-image", service: "store", from: "the registry", cause: "why" },
    "obtain image of store (the registry)",
  ],
  [{ kind: "write-file", path: "compose.yaml", keepCopy: false, cause: "why" }, "write compose.yaml"],
  [{ kind: "grow-limits", from: share, to: share, ...on }, "raise limits of store-1"],
  [{ kind: "remove-container", containerId: "c1", ...on }, "remove store-1"],
  [{ kind: "create-container", ...on }, "create store-1"],
  [{ kind: "recreate-container", ...on }, "recreate store-1"],
  [{ kind: "start-container", ...on }, "start store-1"],
  [{ kind: "restart-container", changes: [], drains: [], ...on }, "restart store-1 (its connections end)"],
  [
    { kind: "restart-container", changes: [], drains: ["pool"], ...on },
    "restart store-1 (clients of pool wait, its own connections end)",
  ],
  [{ kind: "apply-settings", changes: [], ...on }, "apply live to store-1"],
  [{ kind: "shrink-limits", from: share, to: share, ...on }, "lower limits of store-1"],
  [{ kind: "unpause-container", ...on }, "unpause store-1"],
  [{ kind: "drain", service: "pool", around: "store-1", cause: "why" }, "drain pool"],
  [{ kind: "release", service: "pool", around: "store-1", cause: "why" }, "release pool"],
  [{ kind: "await-instance", ...on }, "wait for store-1"],
  [{ kind: "prepare", service: "store", missing: [], cause: "why" }, "prepare store"],
  [{ kind: "await-service", service: "store", cause: "why" }, "wait until store works"],
];

test.for(actions)("$0.kind must read as a person would say it", ([action, text]) => {
  expect(actionText(action)).toBe(text);
});

test("a plan must be one line an action with its cause, then the notes", () => {
  const plan = { actions: actions.slice(9, 11).map(([action]) => action), notes: ["the disk stays"] };
  expect(planText(plan)).toBe("  create store-1: why\n  recreate store-1: why\n  note: the disk stays");
});

test("an empty plan must say so", () => {
  expect(planText({ actions: [], notes: [] })).toBe("  nothing to do");
  expect(planText({ actions: [], notes: ["rounded"] })).toBe("  nothing to do\n  note: rounded");
});

const file = (path: string): Action => ({ kind: "write-file", path, keepCopy: false, cause: "why" });
const create = (instance: string): Action => ({ kind: "create-container", service: "store", instance, cause: "why" });

test("what was done must fit a line: files by their number, containers by name under one verb", () => {
  const restart: Action = { kind: "restart-container", changes: [], drains: [], ...on };
  const done = [file("compose.yaml"), file("tuning.env"), create("store-1"), create("store-2"), restart];
  expect(summaryText(done)).toBe("write 2 files; create store-1, store-2; restart store-1 (its connections end)");
  expect(summaryText([file("compose.yaml")])).toBe("write compose.yaml");
});

const wait = (instance: string): Action => ({ kind: "await-instance", service: "store", instance, cause: "new" });
const prepare = (...missing: readonly string[]): Action => ({
  kind: "prepare",
  service: "store",
  missing,
  cause: "new",
});
const works: Action = { kind: "await-service", service: "store", cause: "new" };

test("the waits of a service must be one indented line below what they wait for", () => {
  const plan = { actions: [create("store-1"), create("store-2"), wait("store-1"), wait("store-2"), prepare(), works] };
  expect(planText({ ...plan, notes: [] })).toBe(
    [
      "  create store-1: why",
      "  create store-2: why",
      "    wait for store-1, store-2; prepare store; wait until store works: new",
    ].join("\n"),
  );
});

test("one-time steps that are known to be missing must be a change", () => {
  expect(planText({ actions: [prepare("create role app"), works], notes: [] })).toBe(
    "  prepare store: new\n    wait until store works: new",
  );
  expect([prepare("create role app"), prepare()].map(isChange)).toEqual([true, false]);
});

test("what was done must name changes only", () => {
  expect(summaryText([create("store-1"), wait("store-1"), prepare(), works])).toBe("create store-1");
  expect(summaryText([wait("store-1"), works])).toBe("");
});
