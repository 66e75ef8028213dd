/** The result of `doctor` as a document and as text. */
import pc from "picocolors";
import type { Diagnosis } from "../../core/results/diagnosis.ts";
import { EXIT } from "../../core/errors.ts";
import type { DoctorDocument } from "../documents/documents.ts";

export interface DoctorReport {
  readonly stack: string;
  readonly profile: string | undefined;
  readonly checks: readonly (Diagnosis & { readonly fixed?: string })[];
}

/** Exit code 1 where a problem is left. */
export function doctorDocumentOf({ stack, profile, checks }: DoctorReport): DoctorDocument & { exitCode: 0 | 1 } {
  const has = (status: Diagnosis["status"]) => checks.some((check) => check.status === status);
  const status = has("problem") ? "problem" : has("warning") ? "warning" : "ok";
  return {
    ok: true,
    command: "doctor",
    stack,
    ...(profile === undefined ? {} : { profile }),
    status,
    checks: checks.map((check) => ({ ...check })),
    exitCode: status === "problem" ? EXIT.failed : EXIT.ok,
  };
}

/** One line a check; below what is not well, its remedy. */
export function doctorText({ checks }: DoctorReport, coloured: boolean): string {
  const paint = pc.createColors(coloured);
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
