/** The results of `up`, `switch` and `verify` as documents and as text. */
import pc from "picocolors";
import { isChange } from "../../core/plan/action.ts";
import { summaryText } from "../../core/plan/plan-text.ts";
import { printable, printableIn } from "../../core/printable.ts";
import type { Smoke } from "../../core/results/commands/bench.ts";
import type { BroughtUp, Interruption, Proved, ServiceUp, Verified } from "../../core/results/commands/up.ts";
import { bytes, formatBytes, formatDurationMs } from "../../core/units.ts";
import type { UpDocument } from "../documents/documents.ts";
import type { ComparedReport } from "../measurement/compared.ts";
import { table } from "../text/table.ts";
import { plannedOf } from "./planned.ts";

/** How a run ended, after the stack was proved. */
export interface Conclusion {
  /** Absent with --no-bench. */
  readonly smoke: Smoke | undefined;
  /** The comparison of `smoke`, where there is one. Made by the caller: what it takes is loaded for nothing else. */
  readonly compared?: ComparedReport | undefined;
  readonly exitCode: number;
}

export function upDocumentOf(command: "up" | "switch", result: BroughtUp, conclusion: Conclusion): UpDocument {
  const { actions, starts, interruptions, traceFile } = result;
  const plan = actions.map(plannedOf);
  return documentOf(command, result, { plan, trace: starts, interruptions, traceFile }, conclusion);
}

/** `verify` changes nothing, so its document has no plan, starts or interruptions. */
export function verifyDocumentOf(result: Verified, conclusion: Conclusion): UpDocument {
  return documentOf("verify", result, { plan: [], trace: [], interruptions: [], traceFile: undefined }, conclusion);
}

type Changes = Pick<UpDocument, "plan" | "trace" | "interruptions"> & Pick<BroughtUp, "traceFile">;

function documentOf(
  command: string,
  result: Proved,
  changes: Changes,
  { smoke, compared, exitCode }: Conclusion,
): UpDocument {
  const { stack, profile, runtime, engine, machine, leftOut, notes, services, proof } = result;
  return {
    ok: true,
    command,
    stack,
    profile,
    runtime,
    engine,
    machine,
    complete: leftOut.length === 0,
    leftOut,
    plan: changes.plan,
    notes,
    services,
    proof,
    phases: phasesOf(result, smoke),
    trace: changes.trace,
    interruptions: changes.interruptions,
    ...(compared ? { comparison: compared.document } : {}),
    ...(smoke ? { results: smoke.measured.document } : {}),
    files: [...(changes.traceFile === undefined ? [] : [changes.traceFile]), ...(smoke?.measured.files ?? [])],
    exitCode,
  };
}

function phasesOf({ phases }: Pick<Proved, "phases">, smoke: Smoke | undefined): UpDocument["phases"] {
  const measuring = smoke ? [{ name: "smoke benchmarks", durationMs: smoke.durationMs }] : [];
  return [...phases.map(({ name, durationMs }) => ({ name, durationMs })), ...measuring];
}

/** The verdict first, if there is one; then the services, the proof, and where the time went. */
export function upText(result: BroughtUp, conclusion: Conclusion, coloured: boolean): string {
  const { interruptions } = result;
  const actions = result.actions.filter(isChange);
  const changed = actions.length === 0 ? "Nothing had to be changed." : `Changed: ${summaryText(actions)}.`;
  return textOf(result, [changed, ...interruptions.map(interruptionText)], conclusion, coloured);
}

export function verifyText(result: Verified, conclusion: Conclusion, coloured: boolean): string {
  return textOf(result, ["Nothing differs from the profile; nothing was changed."], conclusion, coloured);
}

function textOf(
  result: Proved,
  changes: readonly string[],
  { smoke, compared }: Conclusion,
  coloured: boolean,
): string {
  const paint = pc.createColors(coloured);
  const { services, proof, leftOut, limitsFrom, notes, sizedFor, phases: timed } = printableIn(result);
  const size = `${sizedFor.cpus} cpus and ${formatBytes(bytes(sizedFor.memoryBytes))}`;
  const phases = phasesOf({ phases: timed }, smoke).map(
    ({ name, durationMs }) => `${name} ${formatDurationMs(durationMs)}`,
  );
  const lines = [
    ...(smoke ? [printable(smoke.measured.text.trimEnd()), ""] : []),
    ...(compared ? ["Before and after:", printable(compared.text), ""] : []),
    table([["service", "version", "address", "memory", "cpus"], ...services.flatMap(rowsOf)]),
    "",
    ...changes.map(printable),
    `Proved by reading back: ${proof.settings} settings of ${proof.containers} containers, their limits${limitsFrom === "engine" ? " as the engine has them" : ""}, ${proof.files} files.`,
    ...notes.map((note) => paint.dim(`  ${note}`)),
    ...leftOut.map(
      ({ service, reason, fix }) => `${paint.yellow("Incomplete:")} ${service} is left out: ${reason}\n  ${fix}`,
    ),
    `Sized for ${size}; ${phases.join(", ")}.`,
    ...(smoke?.measured.files ?? [])
      .filter((path) => path.endsWith(".html"))
      .map((path) => `Report: ${printable(path)}`),
  ];
  return lines.join("\n");
}

function rowsOf({ version, image, limits, instances }: ServiceUp): readonly (readonly string[])[] {
  return instances.map(({ name, endpoints }) => [
    name,
    versionText(version, image.standIn),
    endpoints.map(({ host, port }) => `${host}:${port}`).join(" "),
    formatBytes(bytes(limits.memoryBytes)),
    String(limits.cpus),
  ]);
}

/** Returns "2.7.2 (OpenBao)". */
export function versionText(version: string, standIn: string | undefined): string {
  return standIn === undefined ? version : `${version} (${standIn})`.trim();
}

function interruptionText({ instance, durationMs, held }: Interruption): string {
  const clients = held.length === 0 ? "its connections ended" : `clients of ${held.join(", ")} waited`;
  return `${instance} was away for ${formatDurationMs(durationMs)}: ${clients}.`;
}
