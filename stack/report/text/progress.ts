/** Progress for people, on stderr: one live line on a terminal, plain lines elsewhere. */
import type { Ora } from "ora";
import pc from "picocolors";
import { beginning, cutLines, printable } from "../../core/printable.ts";
import type { Progress, Report } from "../../core/progress.ts";
import { formatDurationMs } from "../../core/units.ts";

export interface Reporter {
  readonly report: Report;
  /** Clears the terminal's live line; further events are ignored. */
  stop(): void;
  /** Keeps the live line away while `work` uses the terminal, for a question. */
  paused<Result>(work: () => Promise<Result>): Promise<Result>;
}

interface OpenStep {
  readonly title: string;
  readonly startedAt: number;
  detail: string;
  /** How much of its time the step has had, from 0 to 1. */
  share?: number | undefined;
}

/** Steps shown in the live line; the others are only counted. */
const SHOWN_STEPS = 3;
const DETAIL_CHARACTERS = 60;
const DONE_CHARACTERS = 160;

/** Without a terminal, a silent run prints its current step after this time: a build of a minute would look dead. */
const HEARTBEAT_MS = 15_000;
/** A step that knows how far it is says so more often. */
const SHARE_EVERY_MS = 5_000;
const BAR_CHARACTERS = 20;

/**
 * `interactive`: stderr is a terminal. Steps shorter than `QUIET_MS` print nothing, so that a run with nothing to do
 * stays quiet.
 */
export function createReporter(stream: NodeJS.WritableStream, interactive: boolean): Reporter {
  const open = new Map<string, OpenStep>();
  const paint = pc.createColors(interactive);
  let spinner: Ora | undefined;
  let stopped = false;
  let isPaused = false;
  let lastLineMs = performance.now();
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
    lastLineMs = performance.now();
    if (spinner) printAbove(spinner, stream, text);
    else stream.write(`${text}\n`);
  };
  const heartbeat = interactive ? undefined : setInterval(() => beat(open, line), HEARTBEAT_MS).unref();
  const report = (event: Progress): void => {
    if (stopped) return;
    switch (event.kind) {
      case "step-started":
        open.set(event.id, { title: shownText(event.title), startedAt: performance.now(), detail: "" });
        if (!spinner && event.because !== undefined) line(`… ${shownText(`${event.title} (${event.because})`)}`);
        break;
      case "step-progress": {
        const step = open.get(event.id);
        if (!step) break;
        step.detail = shownText(event.detail);
        step.share = event.share;
        if (!interactive && event.share !== undefined && performance.now() - lastLineMs >= SHARE_EVERY_MS)
          line(soFarText(step));
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
        line(`${paint.red("✗")} ${open.get(event.id)?.title ?? event.id}: ${shownText(event.reason)}`);
        open.delete(event.id);
        break;
      case "note":
        line(`${paint.dim("·")} ${shownText(event.text)}`);
        break;
      case "warning":
        line(`${paint.yellow("!")} ${shownText(event.text)}`);
        break;
    }
    if (spinner && !isPaused) show(spinner, open);
  };
  return {
    report,
    paused: async (work) => {
      isPaused = true;
      spinner?.stop();
      try {
        return await work();
      } finally {
        isPaused = false;
        if (spinner && !stopped) show(spinner, open);
      }
    },
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
  return `${title} (${formatDurationMs(durationMs)})${detail ? `: ${shortened(shownText(detail))}` : ""}`;
}

/** Events quote what servers and tools say. */
function shownText(text: string): string {
  return printable(cutLines(text));
}

/** Shortens the detail of a step, which can be a long list; the JSON document has all of it. */
function shortened(detail: string): string {
  return detail.length > DONE_CHARACTERS ? `${beginning(detail, DONE_CHARACTERS)} …` : detail;
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
    line(soFarText(step));
  }
}

function soFarText(step: OpenStep): string {
  return `… ${nowText(step)} (${formatDurationMs(performance.now() - step.startedAt)} so far)`;
}

function show(spinner: Ora, open: ReadonlyMap<string, OpenStep>): void {
  if (open.size === 0) {
    spinner.stop();
    return;
  }
  const steps = [...open.values()];
  const shown = steps.slice(-SHOWN_STEPS).map((step) => `${barText(step)}${nowText(step)}`);
  const more = steps.length > SHOWN_STEPS ? ` and ${steps.length - SHOWN_STEPS} more` : "";
  spinner.text = `${shown.join(" · ")}${more}`;
  if (!spinner.isSpinning) spinner.start();
}

/** "█████░░░░░ " for a step that knows how far it is. */
function barText({ share }: OpenStep): string {
  if (share === undefined) return "";
  const full = Math.round(BAR_CHARACTERS * Math.min(1, Math.max(0, share)));
  return `${"█".repeat(full)}${"░".repeat(BAR_CHARACTERS - full)} `;
}

function nowText({ title, detail }: OpenStep): string {
  return detail ? `${title}: ${beginning(detail, DETAIL_CHARACTERS)}` : title;
}
