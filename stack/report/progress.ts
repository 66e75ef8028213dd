/** Progress for people: one live line on a terminal, plain lines elsewhere; always on stderr. */
import ora, { type Ora } from "ora";
import pc from "picocolors";
import type { Progress, Report } from "../core/progress.ts";
import { formatDurationMs } from "../core/units.ts";

export interface Reporter {
  readonly report: Report;
  /** Leaves the terminal clean; further events are ignored. */
  stop(): void;
}

interface OpenStep {
  readonly title: string;
  readonly startedAt: number;
  detail: string;
}

/** Steps shown in the live line; the others are counted. */
const SHOWN_STEPS = 3;
const DETAIL_CHARACTERS = 60;

/**
 * `interactive`: stderr is a terminal. Steps shorter than `QUIET_MS` print nothing, so that a run with nothing to do
 * stays quiet.
 */
export function createReporter(stream: NodeJS.WriteStream, interactive: boolean): Reporter {
  const open = new Map<string, OpenStep>();
  const paint = pc.createColors(interactive);
  const spinner = interactive ? ora({ stream, discardStdin: false }) : undefined;
  let stopped = false;
  const line = (text: string) => {
    if (spinner) printAbove(spinner, stream, text);
    else stream.write(`${text}\n`);
  };
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
      spinner?.stop();
    },
  };
}

/** Steps that took less and have nothing to say are not worth a line. */
const QUIET_MS = 150;

function doneText({ title, startedAt }: OpenStep, detail: string | undefined): string | undefined {
  const durationMs = performance.now() - startedAt;
  if (durationMs < QUIET_MS && !detail) return undefined;
  return `${title} (${formatDurationMs(durationMs)})${detail ? `: ${detail}` : ""}`;
}

function printAbove(spinner: Ora, stream: NodeJS.WriteStream, text: string): void {
  const spinning = spinner.isSpinning;
  if (spinning) spinner.stop();
  stream.write(`${text}\n`);
  if (spinning) spinner.start();
}

function show(spinner: Ora, open: ReadonlyMap<string, OpenStep>): void {
  if (open.size === 0) {
    spinner.stop();
    return;
  }
  const steps = [...open.values()];
  const shown = steps.slice(-SHOWN_STEPS).map(({ title, detail }) => {
    return detail ? `${title}: ${detail.slice(0, DETAIL_CHARACTERS)}` : title;
  });
  const more = steps.length > SHOWN_STEPS ? ` and ${steps.length - SHOWN_STEPS} more` : "";
  spinner.text = `${shown.join(" · ")}${more}`;
  if (!spinner.isSpinning) spinner.start();
}
