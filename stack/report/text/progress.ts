/** Progress for people, on stderr: one live line on a terminal, plain lines elsewhere. */
import type { Ora } from "ora";
import pc from "picocolors";
import type { Progress, Report } from "../../core/progress.ts";
import { formatDurationMs } from "../../core/units.ts";

export interface Reporter {
  readonly report: Report;
  /** Clears the terminal's live line; further events are ignored. */
  stop(): void;
}

interface OpenStep {
  readonly title: string;
  readonly startedAt: number;
  detail: string;
}

/** Steps shown in the live line; the others are only counted. */
const SHOWN_STEPS = 3;
const DETAIL_CHARACTERS = 60;
const DONE_CHARACTERS = 160;

/** Without a terminal, a silent run prints its current step after this time: a build of a minute would look dead. */
const HEARTBEAT_MS = 15_000;

/**
 * `interactive`: stderr is a terminal. Steps shorter than `QUIET_MS` print nothing, so that a run with nothing to do
 * stays quiet.
 */
export function createReporter(stream: NodeJS.WritableStream, interactive: boolean): Reporter {
  const open = new Map<string, OpenStep>();
  const paint = pc.createColors(interactive);
  let spinner: Ora | undefined;
  let stopped = false;
  // Loaded when there is something to wait for: its regular expressions alone take 30 ms, a tenth of an empty run.
  const spin = async () => {
    const { default: ora } = await import("ora");
    if (stopped) return;
    spinner = ora({ stream, discardStdin: false });
    show(spinner, open);
  };
  const later = interactive ? setTimeout(() => void spin(), QUIET_MS).unref() : undefined;
  const line = (text: string) => {
    heartbeat?.refresh();
    if (spinner) printAbove(spinner, stream, text);
    else stream.write(`${text}\n`);
  };
  const heartbeat = interactive ? undefined : setInterval(() => beat(open, line), HEARTBEAT_MS).unref();
  const report = (event: Progress): void => {
    if (stopped) return;
    switch (event.kind) {
      case "step-started":
        open.set(event.id, { title: event.title, startedAt: performance.now(), detail: "" });
        if (!spinner && event.because !== undefined) line(`… ${event.title} (${event.because})`);
        break;
      case "step-progress": {
        const step = open.get(event.id);
        if (step) step.detail = event.detail;
        break;
      }
      case "step-done": {
        const step = open.get(event.id);
        open.delete(event.id);
        const text = step && doneText(step, event.detail);
        if (text !== undefined) line(`${paint.green("✓")} ${text}`);
        break;
      }
      case "step-failed":
        line(`${paint.red("✗")} ${open.get(event.id)?.title ?? event.id}: ${event.reason}`);
        open.delete(event.id);
        break;
      case "note":
        line(`${paint.dim("·")} ${event.text}`);
        break;
      case "warning":
        line(`${paint.yellow("!")} ${event.text}`);
        break;
    }
    if (spinner) show(spinner, open);
  };
  return {
    report,
    stop: () => {
      stopped = true;
      clearTimeout(later);
      clearInterval(heartbeat);
      spinner?.stop();
    },
  };
}

/** Shorter steps without a detail are not printed. */
const QUIET_MS = 150;

function doneText({ title, startedAt }: OpenStep, detail: string | undefined): string | undefined {
  const durationMs = performance.now() - startedAt;
  if (durationMs < QUIET_MS && !detail) return undefined;
  return `${title} (${formatDurationMs(durationMs)})${detail ? `: ${shortened(detail)}` : ""}`;
}

/** Shortens the detail of a step, which can be a long list; the JSON document has all of it. */
function shortened(detail: string): string {
  return detail.length > DONE_CHARACTERS ? `${detail.slice(0, DONE_CHARACTERS)} …` : detail;
}

function printAbove(spinner: Ora, stream: NodeJS.WritableStream, text: string): void {
  const spinning = spinner.isSpinning;
  if (spinning) spinner.stop();
  stream.write(`${text}\n`);
  if (spinning) spinner.start();
}

/** Prints one line for each open step with a detail; steps that only contain other steps have none. */
function beat(open: ReadonlyMap<string, OpenStep>, line: (text: string) => void): void {
  const steps = [...open.values()];
  const talking = steps.filter(({ detail }) => detail !== "");
  for (const step of talking.length > 0 ? talking : steps.slice(-1)) {
    line(`… ${nowText(step)} (${formatDurationMs(performance.now() - step.startedAt)} so far)`);
  }
}

function show(spinner: Ora, open: ReadonlyMap<string, OpenStep>): void {
  if (open.size === 0) {
    spinner.stop();
    return;
  }
  const steps = [...open.values()];
  const shown = steps.slice(-SHOWN_STEPS).map(nowText);
  const more = steps.length > SHOWN_STEPS ? ` and ${steps.length - SHOWN_STEPS} more` : "";
  spinner.text = `${shown.join(" · ")}${more}`;
  if (!spinner.isSpinning) spinner.start();
}

function nowText({ title, detail }: OpenStep): string {
  return detail ? `${title}: ${detail.slice(0, DETAIL_CHARACTERS)}` : title;
}
