/** The results of `up`, `switch` and `verify` as documents and as text. */
import pc from "picocolors";
import { isChange } from "../../core/plan/action.ts";
import { summaryText } from "../../core/plan/plan-text.ts";
import { printable, printableIn } from "../../core/printable.ts";
import type { Smoke } from "../../core/results/commands/bench.ts";
import type { RunScreen } from "../../core/results/report-input.ts";
import type { BroughtUp, Interruption, Proved, ServiceUp, Verified } from "../../core/results/commands/up.ts";
import { bytes, formatBytes, formatDurationMs } from "../../core/units.ts";
import type { UpDocument } from "../documents/documents.ts";
import type { ComparedReport } from "../measurement/compared.ts";
import { fit, SCREEN_LINES, type Section } from "../text/fit.ts";
import { table } from "../text/table.ts";
import { wrapped } from "../text/wrap.ts";
import { plannedOf } from "./planned.ts";

/** How a run ended, after the stack was proved. */
export interface Conclusion {
  /** Absent with --no-bench. */
  readonly smoke: Smoke | undefined;
  /** The comparison of `smoke`, where there is one. Made by the caller: what it takes is loaded for nothing else. */
  readonly compared?: ComparedReport | undefined;
  readonly exitCode: number;
  /** Show everything, however long it is. */
  readonly isVerbose?: boolean;
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
  return textOf(result, changesOf(result), conclusion, coloured);
}

export function verifyText(result: Verified, conclusion: Conclusion, coloured: boolean): string {
  const changes = { plan: [], outcome: ["Nothing differs from the profile; nothing was changed."] };
  return textOf(result, changes, conclusion, coloured);
}

/** What a command did to the stack. */
export interface ChangesText {
  /** Each change with its cause. */
  readonly plan: readonly string[];
  readonly outcome: readonly string[];
}

function changesOf({ actions: all, interruptions }: BroughtUp): ChangesText {
  const actions = all.filter(isChange);
  const changed = actions.length === 0 ? "Nothing had to be changed." : `Changed: ${summaryText(actions)}.`;
  return { plan: [], outcome: [changed, ...interruptionsText(interruptions)] };
}

/**
 * One screen: what matters least is left out first. With `isVerbose` nothing is, and the run's whole text comes first.
 */
export function textOf(
  result: Proved,
  { plan, outcome }: ChangesText,
  { smoke, compared, isVerbose = false }: Conclusion,
  coloured: boolean,
): string {
  const paint = pc.createColors(coloured);
  const shown = printableIn(result);
  const { services, notes, sizedFor, phases: timed } = shown;
  const size = `${sizedFor.cpus} cpus and ${formatBytes(bytes(sizedFor.memoryBytes))}`;
  const phases = phasesOf({ phases: timed }, smoke);
  const { screen, text } = smoke?.measured ?? {};
  const addresses = table([["service", "version", "address", "memory", "cpus"], ...services.flatMap(rowsOf)]);
  const sections: readonly Section[] = [
    ...(isVerbose ? [whole(text === undefined ? [] : [printable(text.trimEnd())])] : measuredSections(screen)),
    isVerbose
      ? whole(compared ? ["Before and after:", printable(compared.text)] : [])
      : cut(3, 1, (compared?.changes ?? []).map(printable), (left) => `  and ${left} more changes: --verbose`),
    cut(1, 1, plan.map(printable), (left) => `  and ${left} more changes: --verbose`),
    cut(4, 5, addresses.split("\n"), (left) => `and ${left} more: npm run status`),
    whole(outcomeLines(shown, outcome, paint.yellow("Incomplete:"))),
    {
      ...cut(
        0,
        0,
        notes.map((note) => paint.dim(wrapped(`  ${note}`, "    "))),
        (left) => `  ${left} ${left === 1 ? "note" : "notes"}: --verbose`,
      ),
      joined: true,
    },
    {
      ...whole([
        isVerbose
          ? wrapped(`Sized for ${size}; ${timesText(phases)}.`, "  ")
          : `Sized for ${size}; ${formatDurationMs(phases.reduce((total, { durationMs }) => total + durationMs, 0))} in all.`,
        ...reportsOf(smoke),
      ]),
      joined: true,
    },
  ];
  return fit(sections, isVerbose ? Number.POSITIVE_INFINITY : SCREEN_LINES);
}

function measuredSections(screen: RunScreen | undefined): readonly Section[] {
  if (screen === undefined) return [];
  return [
    whole([screen.head]),
    cut(5, 4, screen.scenarios, (left) => `and ${left} more scenarios: the report, or --verbose`),
    cut(2, 1, screen.findings, moreFindings),
  ];
}

function moreFindings(left: number): string {
  return `and ${left} more that ${left === 1 ? "is" : "are"} not met: the report, or --verbose`;
}

function whole(items: readonly string[]): Section {
  return { items };
}

function cut(rank: number, least: number, items: readonly string[], more: (left: number) => string): Section {
  return { items, cut: { rank, least, more } };
}

function outcomeLines(
  { proof, limitsFrom, leftOut }: Pick<Proved, "proof" | "limitsFrom" | "leftOut">,
  outcome: readonly string[],
  incomplete: string,
): readonly string[] {
  return [
    ...outcome.map((line) => wrapped(printable(line), "  ")),
    wrapped(provedText(proof, limitsFrom), "  "),
    ...leftOut.map(({ service, reason, fix }) =>
      [wrapped(`${incomplete} ${service} is left out: ${reason}`, "  "), wrapped(`  ${fix}`, "  ")].join("\n"),
    ),
  ];
}

function reportsOf(smoke: Smoke | undefined): readonly string[] {
  const pages = (smoke?.measured.files ?? []).filter((path) => path.endsWith(".html"));
  return pages.map((path) => `Report: ${printable(path)}`);
}

function provedText({ settings, containers, files }: Proved["proof"], limitsFrom: Proved["limitsFrom"]): string {
  const limits = `their limits${limitsFrom === "engine" ? " as the engine has them" : ""}`;
  return `Proved by reading back: ${settings} settings of ${containers} containers, ${limits}, ${files} files.`;
}

function timesText(phases: UpDocument["phases"]): string {
  return phases.map(({ name, durationMs }) => `${name} ${formatDurationMs(durationMs)}`).join(", ");
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

/** One line for each. */
export function interruptionsText(interruptions: readonly Interruption[]): readonly string[] {
  return interruptions.map(({ instance, durationMs, held }) => {
    const clients = held.length === 0 ? "its connections ended" : `clients of ${held.join(", ")} waited`;
    return `${instance} was away for ${formatDurationMs(durationMs)}: ${clients}.`;
  });
}
