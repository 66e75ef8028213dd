/** The result of `up`, `switch` and `verify` as a document and as text. */
import pc from "picocolors";
import { isChange, type Action } from "../../core/plan/action.ts";
import { actionText, summaryText } from "../../core/plan/plan-text.ts";
import type { MachineFacts } from "../../core/machine/facts.ts";
import type { Desired } from "../../core/desire/desire.ts";
import type { ResultsDocument } from "../../core/results/performance-results.ts";
import { formatBytes, formatDurationMs, bytes } from "../../core/units.ts";
import type { ComparedDocument } from "../documents/measurement.ts";
import type { UpDocument } from "../documents/documents.ts";
import { table } from "../text/table.ts";

/** What the text and the document are made from; `stack/commands/up.ts` returns it. */
export interface UpReport {
  readonly command: string;
  readonly runtime: { readonly name: string };
  readonly engine: { readonly address: string };
  readonly machine: MachineFacts;
  readonly machinePlan: { readonly actions: readonly Action[]; readonly notes: readonly string[] };
  readonly desired: Desired;
  readonly plan: { readonly actions: readonly Action[] };
  readonly observation: { readonly versions: ReadonlyMap<string, string> };
  readonly proof: {
    readonly settings: number;
    readonly containers: number;
    readonly files: number;
    readonly notes: readonly string[];
  };
  readonly leftOut: readonly { readonly service: string; readonly reason: string; readonly fix: string }[];
  readonly phases: readonly { readonly name: string; readonly durationMs: number }[];
  readonly traces: readonly {
    readonly service: string;
    readonly waitStartedAt: number;
    readonly createdMs?: number;
    readonly runningMs: number;
    readonly firstAnswerMs: number;
    readonly preparedMs: number;
    readonly readyMs: number;
    readonly prepared: readonly string[];
  }[];
  readonly interruptions: readonly {
    readonly instance: string;
    readonly durationMs: number;
    readonly held: readonly string[];
  }[];
  /** Against the last run with another profile or on a machine of another size. */
  readonly comparison: { readonly document: ComparedDocument; readonly text: string } | undefined;
  readonly results: ResultsDocument | undefined;
  readonly resultsText: string | undefined;
  readonly files: readonly string[];
  readonly exitCode: number;
}

export function upDocumentOf(report: UpReport): UpDocument {
  const { desired, observation } = report;
  return {
    ok: true,
    command: report.command,
    stack: desired.stack,
    profile: desired.profileReference,
    runtime: report.runtime.name,
    engine: report.engine.address,
    machine: { cpus: report.machine.cpus, memoryBytes: report.machine.memory, notes: [...report.machinePlan.notes] },
    complete: report.leftOut.length === 0,
    leftOut: [...report.leftOut],
    plan: [...report.machinePlan.actions, ...report.plan.actions].map(planned),
    notes: [...report.proof.notes],
    services: desired.services.map(({ name, image, share, instances }) => ({
      name,
      version: observation.versions.get(name) ?? image.version,
      image: {
        reference: image.reference,
        source: image.source,
        ...(image.standIn === undefined ? {} : { standIn: image.standIn }),
        notes: [...image.notes],
      },
      limits: { memoryBytes: share.memory, cpus: share.cpus },
      instances: instances.map((instance) => ({
        name: instance.name,
        endpoints: instance.ports.map((port) => ({ name: port.name, host: "127.0.0.1", port: port.published })),
      })),
    })),
    proof: { settings: report.proof.settings, containers: report.proof.containers, files: report.proof.files },
    phases: report.phases.map(({ name, durationMs }) => ({ name, durationMs })),
    trace: report.traces.map(traced),
    interruptions: report.interruptions.map((each) => ({ ...each, held: [...each.held] })),
    ...(report.comparison ? { comparison: report.comparison.document } : {}),
    ...(report.results ? { results: report.results } : {}),
    files: [...report.files],
    exitCode: report.exitCode,
  };
}

/** In a document times count from the start of the wait, whose own place on a clock says nothing to anybody else. */
function traced({
  waitStartedAt: _waitStartedAt,
  prepared,
  ...times
}: UpReport["traces"][number]): UpDocument["trace"][number] {
  return { ...times, prepared: [...prepared] };
}

export function planned(action: Action): { action: string; text: string; cause: string } {
  return { action: action.kind, text: actionText(action), cause: action.cause };
}

/** Verdict first where there is one; then the services, the proof and where the time went. */
export function upText(report: UpReport, coloured: boolean): string {
  const paint = pc.createColors(coloured);
  const { desired, observation, proof, leftOut } = report;
  const rows = desired.services.flatMap(({ name, image, share, instances }) =>
    instances.map((instance) => [
      instance.name,
      versionText(observation.versions.get(name) ?? "", image.standIn),
      instance.ports.map((port) => `127.0.0.1:${port.published}`).join(" "),
      formatBytes(share.memory),
      String(share.cpus),
    ]),
  );
  const changes = [...report.machinePlan.actions, ...report.plan.actions].filter(isChange);
  // A run with nothing to do spares itself the look into every container's cgroup, which `verify` takes.
  const limitsFrom = report.plan.actions.length === 0 && report.command !== "verify" ? " as the engine has them" : "";
  const lines = [
    ...(report.resultsText === undefined ? [] : [report.resultsText.trimEnd(), ""]),
    ...(report.comparison ? ["Before and after:", report.comparison.text, ""] : []),
    table([["service", "version", "address", "memory", "cpus"], ...rows]),
    "",
    changes.length === 0 ? NOTHING[report.command === "verify" ? "verify" : "up"] : `Changed: ${summaryText(changes)}.`,
    ...report.interruptions.map(interruptionText),
    `Proved by reading back: ${proof.settings} settings of ${proof.containers} containers, their limits${limitsFrom}, ${proof.files} files.`,
    ...proof.notes.map((note) => paint.dim(`  ${note}`)),
    ...leftOut.map(
      ({ service, reason, fix }) => `${paint.yellow("Incomplete:")} ${service} is left out: ${reason}\n  ${fix}`,
    ),
    `Sized for ${desired.budget.machine.cpus} cpus and ${formatBytes(bytes(desired.budget.machine.memory))}; ${phasesText(report.phases)}.`,
    ...report.files.filter((path) => path.endsWith(".html")).map((path) => `Report: ${path}`),
  ];
  return lines.join("\n");
}

/** "2.7.2 (OpenBao)". */
export function versionText(version: string, standIn: string | undefined): string {
  return standIn === undefined ? version : `${version} (${standIn})`.trim();
}

const NOTHING = {
  up: "Nothing had to be changed.",
  verify: "Nothing differs from the profile; nothing was changed.",
} as const;

function interruptionText({ instance, durationMs, held }: UpReport["interruptions"][number]): string {
  const clients = held.length === 0 ? "its connections ended" : `clients of ${held.join(", ")} waited`;
  return `${instance} was away for ${formatDurationMs(durationMs)}: ${clients}.`;
}

function phasesText(phases: UpReport["phases"]): string {
  return phases.map(({ name, durationMs }) => `${name} ${formatDurationMs(durationMs)}`).join(", ");
}
