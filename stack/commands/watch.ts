/** `verify --watch`: repeats the cheap part of `verify`, and reports differences that appear or disappear. */
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../core/errors.ts";
import type { Report } from "../core/progress.ts";
import type { Drift, Watched } from "../core/results/commands/watch.ts";
import { differencesOf } from "./request/differences.ts";
import { unlessAborted } from "../converge/execution/unless-aborted.ts";
import { lockOwner } from "../host/lock.ts";
import { observeWanted } from "./request/observed-stack.ts";
import { readWanted } from "./request/request.ts";
import { requireEngine } from "./request/discovery.ts";
import type { VerifyOptions } from "./verify.ts";

export interface WatchOptions extends VerifyOptions {
  /** From the end of one observation to the beginning of the next. */
  readonly intervalMs: number;
}

const DRIFTS_KEPT = 1000;

/**
 * Observes until the signal aborts. Never rejects because of what it observes: an engine that is gone is a difference
 * too. Pauses while another command works on the stack, since its changes are not drift.
 */
export async function watchStack(
  options: WatchOptions,
  { report, signal, drifted }: { report: Report; signal: AbortSignal; drifted: (drift: Drift) => void },
): Promise<Watched> {
  const { folder } = await readWanted(options); // a profile that cannot be read is an error, not drift
  let known: ReadonlySet<string> = new Set();
  let looks = 0;
  let busy = false;
  const drifts: Drift[] = [];
  while (!signal.aborted) {
    const owner = await lockOwner(folder.lock);
    if (owner?.alive === true) {
      if (!busy) report({ kind: "note", text: `${owner.command} (pid ${owner.pid}) works on the stack: waiting` });
      busy = true;
    } else {
      busy = false;
      const seen = await unlessAborted(lookOnce(options), signal).catch(() => undefined);
      if (seen === undefined) break; // the look of an ended watch counts for nothing
      looks += 1;
      const appeared = [...seen].filter((difference) => !known.has(difference));
      const gone = [...known].filter((difference) => !seen.has(difference));
      known = seen;
      if (appeared.length + gone.length > 0) {
        const drift = { at: new Date().toISOString(), appeared, gone };
        drifts.splice(0, Math.max(0, drifts.length + 1 - DRIFTS_KEPT));
        drifts.push(drift);
        drifted(drift);
      }
    }
    await sleep(options.intervalMs, undefined, { signal }).catch(() => undefined);
  }
  return { stack: options.stack, looks, drifts, differences: [...known] };
}

async function lookOnce(options: WatchOptions): Promise<ReadonlySet<string>> {
  try {
    const wanted = await readWanted(options);
    const only = options.only ? { only: options.only } : {};
    const observed = await observeWanted(wanted, await requireEngine(wanted), { ...only, withoutImage: "left out" });
    return new Set((await differencesOf(observed)).differences);
  } catch (error) {
    return new Set([messageOf(error)]);
  }
}
