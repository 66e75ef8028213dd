/** The result of `bench:switch` as a document and as text. */
import { table } from "../../../stack/report/text/table.ts";
import { formatDurationMs } from "../../../stack/core/units.ts";
import { RATE_PER_S, type Leg } from "./measure.ts";

export function switchBenchDocument(legs: readonly Leg[]) {
  return { ok: true, command: "bench:switch", ratePerS: RATE_PER_S, legs };
}

/** Renders one table per side and direction, summed over rounds; the longest pause is the maximum. */
export function switchBenchText(legs: readonly Leg[]): string {
  const keys = [...new Set(legs.map(({ by, to }) => `${by}, to ${to}`))];
  const groups = keys.map((key) => ({ key, group: legs.filter(({ by, to }) => `${by}, to ${to}` === key) }));
  const overview = groups.map(({ key, group }) => [
    key,
    group.map(({ elapsedMs }) => formatDurationMs(elapsedMs)).join(" "),
    range(group.map(({ containersRecreated }) => containersRecreated)),
    range(group.map(({ containersRestarted }) => containersRestarted)),
    String(sum(group.flatMap(({ probes }) => probes.map(({ failed }) => failed)))),
  ]);
  const parts = [
    table([["side", "took", "recreated", "restarted", "failed requests"], ...overview]),
    ...groups.map(({ key, group }) => probesText(key, group)),
    `Each probe sends ${RATE_PER_S} requests a second on connections that stay open.`,
  ];
  return parts.join("\n\n");
}

function probesText(key: string, group: readonly Leg[]): string {
  const all = group.flatMap(({ probes }) => probes);
  const rows = [...new Set(all.map(({ scenario }) => scenario))].map((name) => {
    const probes = all.filter(({ scenario }) => scenario === name);
    return [
      name,
      String(sum(probes.map(({ sent }) => sent))),
      String(sum(probes.map(({ failed }) => failed))),
      formatDurationMs(Math.max(...probes.map(({ longestPauseMs }) => longestPauseMs))),
      probes.flatMap(({ reasons }) => reasons)[0]?.split("\n")[0] ?? "",
    ];
  });
  return table([[key, "sent", "failed", "longest pause", "first reason"], ...rows]);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function range(values: readonly number[]): string {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return least === most ? `${least}` : `${least} to ${most}`;
}
