/** The result of `bench:waits` as a document and as text. */
import { table } from "../../../stack/report/text/table.ts";
import type { Wait } from "./measure.ts";

/** No wait for what cannot pass: whoever waits longer looks elsewhere. */
const LIMIT_MS = 5_000;

export function waitsDocument({ waits, skipped }: { readonly waits: readonly Wait[]; readonly skipped: number }) {
  const rows = waits.map((wait) => ({ ...wait, isLate: (wait.waitMs ?? 0) > LIMIT_MS }));
  const late = rows.filter(({ isLate }) => isLate).length;
  const notMade = rows.filter(({ outcome }) => outcome === "not made").length;
  const longestMs = Math.max(0, ...rows.map(({ waitMs = 0 }) => waitMs));
  const ok = late === 0 && notMade === 0 && rows.length > 0;
  return { ok, command: "bench:waits", limitMs: LIMIT_MS, rows, late, notMade, longestMs, skipped };
}

export function waitsText({ rows, late, notMade, longestMs, skipped }: ReturnType<typeof waitsDocument>): string {
  const head = ["", "service", "harm", "command", "outcome", "waited", "whole command"];
  const cells = rows.map(({ service, name, command, outcome, waitMs, tookMs, isLate, note }) => [
    isLate || outcome === "not made" ? "*" : "",
    service,
    name,
    command,
    note === undefined ? outcome : `${outcome}: ${note.slice(0, 100)}`,
    waitMs === undefined ? "-" : seconds(waitMs),
    seconds(tookMs),
  ]);
  const parts = [
    table([head, ...cells]),
    `The longest wait for a final error: ${seconds(longestMs)}; ${late} longer than ${seconds(LIMIT_MS)}.`,
    ...(notMade > 0 ? [`${notMade} could not be made.`] : []),
    ...(skipped > 0 ? [`${skipped} were not run: the time was over.`] : []),
  ];
  return parts.join("\n\n");
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
