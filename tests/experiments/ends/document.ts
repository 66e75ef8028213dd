/** The result of `bench:ends` as a document and as text. */
import { table } from "../../../stack/report/text/table.ts";
import { LIMIT_MS, type Row } from "./measure.ts";

/** The exit codes of an ended command: in order, by the default action of a signal, and quietly after a closed pipe. */
const CODES: ReadonlySet<number | undefined> = new Set([130, 129, 143, 137, 0, undefined]);

export function endsDocument(rows: readonly Row[], skipped: number) {
  const failed = rows.filter(isWrong);
  return { ok: failed.length === 0, command: "bench:ends", limitMs: LIMIT_MS, rows, failed: failed.length, skipped };
}

export function endsText({ rows, failed, skipped }: ReturnType<typeof endsDocument>): string {
  const head = ["", "command", "phase", "ended by", "took", "exit", "lock", "left", "next"];
  const parts = [
    table([head, ...rows.map(cellsOf)]),
    `${rows.length - failed} of ${rows.length} as they should be; * marks the others.`,
    ...(skipped > 0 ? [`${skipped} were not run: the time was over.`] : []),
  ];
  return parts.join("\n\n");
}

function cellsOf(row: Row): readonly string[] {
  const { command, phase, way, tookMs, exitCode, lock, left, halfWritten, next = "-", note } = row;
  const took = tookMs === undefined ? "-" : `${(tookMs / 1000).toFixed(2)} s`;
  const remains = [...left.map((line) => line.slice(0, 60)), ...halfWritten].join(", ");
  const cells = [isWrong(row) ? "*" : "", command, phase, way, took, String(exitCode ?? "-"), lock, remains, next];
  return note === undefined ? cells : [...cells.slice(0, -1), `${next} (${note})`];
}

function isWrong({ outcome, exitCode, lock, left, halfWritten, next }: Row): boolean {
  return (
    outcome !== "ended" ||
    !CODES.has(exitCode) ||
    lock === "held" ||
    left.length + halfWritten.length > 0 ||
    next === "fails"
  );
}
