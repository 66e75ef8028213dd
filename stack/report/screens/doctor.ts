/** The result of `doctor` as a document and as text. */
import pc from "picocolors";
import type { Examination } from "../../core/results/commands/doctor.ts";
import type { Diagnosis } from "../../core/results/diagnosis.ts";
import { EXIT } from "../../core/errors.ts";
import { printableIn } from "../../core/printable.ts";
import type { DoctorDocument } from "../documents/documents.ts";

/** Exit code 1 if a problem remains. */
export function doctorDocumentOf(examination: Examination): DoctorDocument & { readonly exitCode: 0 | 1 } {
  const exitCode = examination.status === "problem" ? EXIT.failed : EXIT.ok;
  return { ok: true, command: "doctor", ...examination, exitCode };
}

/** One line per check; below a failed check, its fix. */
export function doctorText(examination: Examination, coloured: boolean): string {
  const paint = pc.createColors(coloured);
  const { checks } = printableIn(examination);
  const mark = {
    ok: paint.green("ok     "),
    warning: paint.yellow("warning"),
    problem: paint.red("problem"),
  } as const;
  const width = Math.max(...checks.map(({ check }) => check.length));
  const lines = checks.flatMap(({ check, status, found, remedy, fixed }) => [
    `${mark[status]}  ${check.padEnd(width)}  ${found}${fixed === undefined ? "" : `: ${fixed}`}`,
    ...(status === "ok" || remedy === undefined ? [] : [`${" ".repeat(width + 11)}${remedy}`]),
  ]);
  const count = (status: Diagnosis["status"]) => checks.filter((check) => check.status === status).length;
  const words = (["problem", "warning"] as const).map(
    (status) => `${count(status)} ${status}${count(status) === 1 ? "" : "s"}`,
  );
  const total = count("problem") + count("warning") === 0 ? "All is well." : `${words.join(", ")}.`;
  return [...lines, "", total].join("\n");
}
