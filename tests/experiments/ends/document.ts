/** The result of `bench:ends` as a document and as text. */
import { table } from "../../../stack/report/text/table.ts";
import type { Ends, Unrun } from "./all.ts";
import { LIMIT_MS, type Row } from "./measure.ts";

/** The exit codes of an ended command: in order, by the default action of a signal, and quietly after a closed pipe. */
const CODES: ReadonlySet<number | undefined> = new Set([130, 129, 143, 137, 0, undefined]);

/** `ok`: there are rows, each is as it should be, and none that was asked for is left out. */
export function endsDocument({ rows, notRun, notAsked }: Ends) {
  const missed = rows.filter(isMissed).length;
  const failed = rows.filter(isWrong).length;
  const passed = rows.length - missed - failed;
  const ok = passed > 0 && failed + missed + notRun.length === 0;
  return { ok, command: "bench:ends", limitMs: LIMIT_MS, rows, passed, failed, missed, notRun, notAsked };
}

export function endsText({ rows, passed, failed, missed, notRun, notAsked }: ReturnType<typeof endsDocument>): string {
  const head = ["", "command", "phase", "ended by", "took", "exit", "lock", "left", "next"];
  const reached = rows.filter((row) => !isMissed(row));
  const parts = [
    ...(reached.length > 0 ? [table([head, ...reached.map(cellsOf)])] : []),
    ...listed("Not reached, so nothing is known of them", rows.filter(isMissed)),
    ...listed("Not run, the time was over", notRun),
    ...(notAsked.length > 0 ? [`Not asked for: ${notAsked.join(", ")}.`] : []),
    [
      `${passed} as they should be, ${failed} not (marked with *)`,
      `${missed} not reached, ${notRun.length} not run.`,
    ].join(", "),
  ];
  return parts.join("\n\n");
}

function listed(title: string, rows: readonly (Unrun & Pick<Row, "note">)[]): readonly string[] {
  if (rows.length === 0) return [];
  const lines = rows.map(({ command, phase, way, note }) =>
    [`  ${command}, ${phase}, ${way}`, ...(note === undefined ? [] : [note])].join(": "),
  );
  return [[`${title}:`, ...lines].join("\n")];
}

function cellsOf(row: Row): readonly string[] {
  const { command, phase, way, tookMs, exitCode, lock, left, halfWritten, next = "-", note } = row;
  const took = tookMs === undefined ? "-" : `${(tookMs / 1000).toFixed(2)} s`;
  const remains = [...left.map((line) => line.slice(0, 60)), ...halfWritten].join(", ");
  const cells = [isWrong(row) ? "*" : "", command, phase, way, took, String(exitCode ?? "-"), lock, remains, next];
  return note === undefined ? cells : [...cells.slice(0, -1), `${next} (${note})`];
}

function isMissed({ outcome }: Row): boolean {
  return outcome === "missed";
}

function isWrong({ outcome, exitCode, results = [], lock, left, halfWritten, next }: Row): boolean {
  if (outcome === "missed") return false;
  const isResult = exitCode !== undefined && results.includes(exitCode);
  return (
    outcome !== "ended" ||
    !(isResult || CODES.has(exitCode)) ||
    lock === "held" ||
    left.length + halfWritten.length > 0 ||
    next === "fails"
  );
}
