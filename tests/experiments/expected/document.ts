/** The result of `bench:expected` as a document and as text. */
import { availableParallelism } from "node:os";
import type { Setting } from "../../../stack/core/service/setting.ts";
import { table } from "../../../stack/report/text/table.ts";
import { loadNow } from "../fidelity/document.ts";
import { judgeGroup, type Cost, type JudgedScenario, type ScenarioPairs } from "./judge.ts";

export interface MeasuredGroup {
  readonly name: string;
  /** What it takes to switch it. */
  readonly takes: Setting["takes"];
  /** The settings as the server had them: "track_io_timing = on". */
  readonly on: readonly string[];
  readonly off: readonly string[];
  readonly scenarios: readonly ScenarioPairs[];
}

export interface Expected {
  readonly profile: string;
  readonly seconds: number;
  /** Load average of one minute before the first measurement. */
  readonly loadBefore: number;
  readonly groups: readonly MeasuredGroup[];
  /** What could not be measured, and why. */
  readonly notes: readonly string[];
}

/** `holds`: no group costs more than 3 %; what is undecided does not count. */
export function expectedDocument({ groups, loadBefore, notes, ...conditions }: Expected) {
  const judged = groups.map(({ scenarios, ...group }) => {
    return { ...group, ...judgeGroup(scenarios), samples: scenarios };
  });
  return {
    ok: true,
    command: "bench:expected",
    conditions: {
      ...conditions,
      load: [loadBefore, loadNow()],
      node: process.version,
      cpus: availableParallelism(),
    },
    groups: judged,
    notes,
    holds: judged.length > 0 && judged.every(({ verdict }) => verdict !== "not"),
  };
}

export function expectedText({ groups, conditions, notes }: ReturnType<typeof expectedDocument>): string {
  const [before = 0, after = 0] = conditions.load;
  return [
    ...(groups.length === 0 ? ["Nothing was measured."] : groups.map(groupText)),
    ...(notes.length > 0 ? [notes.join("\n")] : []),
    [
      `Cost of being on, with the interval of 90 %: time and the servers' cpu per operation, by pairs of ${conditions.seconds} s.`,
      "An operation that writes no file and waits for no lock costs what the settings take of every operation, and no more.",
      `${conditions.cpus} cpus, load ${before.toFixed(1)} before and ${after.toFixed(1)} after.`,
    ].join("\n"),
  ].join("\n\n");
}

function groupText({
  name,
  takes,
  on,
  off,
  scenarios,
  verdict,
}: ReturnType<typeof expectedDocument>["groups"][number]): string {
  const switched = takes === "live" ? "while the server runs" : "by a restart";
  const head = ["scenario", "clients", "pairs", "time", "cpu", "verdict"];
  return [
    `${name}: ${verdict}`,
    `${on.join(", ")} against ${off.join(", ")}, switched ${switched}`,
    table([head, ...scenarios.map(rowOf)]),
  ].join("\n");
}

function rowOf({ scenario, clients, pairs, time, cpu, verdict, reason }: JudgedScenario): readonly string[] {
  const words = reason === undefined ? verdict : `${verdict}: ${reason}`;
  return [scenario, `${clients}`, `${pairs}`, costText(time), costText(cpu), words];
}

/** "+1.2 % (-0.3 to +2.7)" */
function costText(cost: Cost | undefined): string {
  if (cost === undefined) return "-";
  const [estimate, low, high] = [cost.estimate, cost.low, cost.high].map(percent);
  return `${estimate} % (${low} to ${high})`;
}

function percent(share: number): string {
  return `${share < 0 ? "" : "+"}${(100 * share).toFixed(1)}`;
}
