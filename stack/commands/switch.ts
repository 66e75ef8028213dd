/** `switch` as a transaction: either the new profile is proved, or the old one is restored and proved. */
import { isChange, type Action } from "../core/plan/action.ts";
import { messageOf, PlumblineError } from "../core/errors.ts";
import { actionText } from "../core/plan/plan-text.ts";
import type { Switched } from "../core/results/commands/up.ts";
import { stackInUse, type InUse } from "../records/in-use.ts";
import { takeLock } from "../host/lock.ts";
import { readWanted, wantedOf } from "./request/request.ts";
import type { UpControls, UpOptions } from "./request/up-options.ts";
import type { RunningStack, Used } from "./request/running-stack.ts";
import { bringUp } from "./up.ts";

export interface SwitchOptions extends UpOptions {
  /** Leave the state of a failed step in place, for inspection. */
  readonly keepFailed: boolean;
}

/** The outcome of rolling back a failed switch. */
export interface PutBack {
  /** The profile that was restored and proved. */
  readonly profile: string;
  /** Changes that the switch completed before it failed. */
  readonly done: readonly string[];
  /** Changes that restored the old values. */
  readonly undone: readonly string[];
  /** What stays as the switch changed it, and why that is harmless. */
  readonly left: readonly string[];
}

/**
 * Switches the stack to the wanted profile and passes it to `use` (the benchmarks). If either fails, restores the old
 * profile and rejects with the original error, with `details.putBack` added. A signal does not roll back: the next run
 * continues. Rejects with ROLLBACK_FAILED if the old profile cannot be restored.
 */
export async function switchStack<Use>(
  options: SwitchOptions,
  controls: UpControls,
  use: (running: RunningStack) => Promise<Use>,
): Promise<Used<Switched, Use>> {
  const wanted = await readWanted(options);
  const lock = await takeLock(wanted.folder.lock, "switch");
  try {
    const before = await stackInUse(wanted.folder);
    const done: Action[] = [];
    const note = (action: Action) => {
      done.push(action);
      controls.done?.(action);
    };
    try {
      const { running, result } = await bringUp(wanted, options, { ...controls, done: note });
      const used = await use(running);
      return { result: { ...result, from: before?.profileReference }, used };
    } catch (error) {
      const isUntouched = !done.some(isChange);
      if (!before || isUntouched || options.keepFailed || controls.signal.aborted) throw error;
      throw await putBack(error, { options, controls, before, done });
    }
  } finally {
    await lock.release();
  }
}

interface Failed {
  readonly options: SwitchOptions;
  readonly controls: UpControls;
  readonly before: InUse;
  readonly done: readonly Action[];
}

/** Restores the old profile. Resolves the error to throw. */
async function putBack(error: unknown, { options, controls, before, done }: Failed): Promise<PlumblineError> {
  const { profileReference: profile } = before;
  controls.report({ kind: "warning", text: `${firstLine(error)}: putting ${profile} back` });
  const undone: Action[] = [];
  try {
    // The user agreed to the switch, which includes its rollback. Everything the rollback needs was installed before.
    const back = { ...options, provision: false, confirm: async () => true };
    const { report, signal } = controls;
    const noted = { report, signal, done: (action: Action) => undone.push(action) };
    const { machinePlan } = await bringUp(wantedOf(options, before), back, noted);
    // A changed machine cannot always get its old size back: its disk stays larger.
    const kept = done.some(({ kind }) => kind.endsWith("-machine")) ? machinePlan.notes : [];
    const left = [...done.filter(staysDone).map(actionText), ...kept];
    return failed(error, { profile, done: changesOf(done), undone: changesOf(undone), left });
  } catch (second) {
    return rollbackFailed(error, second, profile, [...done, ...undone]);
  }
}

/** Describes the changes; waits are not changes. */
function changesOf(actions: readonly Action[]): readonly string[] {
  return actions.filter(isChange).map(actionText);
}

/** Returns whether both profiles can use the result: images and installed software. */
function staysDone({ kind }: Action): boolean {
  return kind === "obtain-image" || kind === "provision";
}

function failed(error: unknown, back: PutBack): PlumblineError {
  const known = error instanceof PlumblineError ? error : undefined;
  return new PlumblineError(known?.code ?? "INTERNAL", {
    what: known?.what ?? "The switch met an error that Plumbline does not know",
    why: `${known?.why ?? messageOf(error)}\n${summary(back)}`,
    fix: known?.fix ?? "Please report it with this text",
    details: { ...known?.details, putBack: back },
    cause: error,
  });
}

function summary({ profile, done, undone, left }: PutBack): string {
  const rest = left.length === 0 ? "" : `; left as it is: ${left.join(", ")}`;
  return `${profile} was put back and proved: ${done.length} changes done, ${undone.length} to undo them${rest}`;
}

function rollbackFailed(first: unknown, second: unknown, profile: string, all: readonly Action[]): PlumblineError {
  return new PlumblineError("ROLLBACK_FAILED", {
    what: `The switch failed, and ${profile} could not be put back`,
    why: `${messageOf(first)}\nThen: ${messageOf(second)}`,
    fix: `Data is as it was. Mend what the lines above name, then: npm run up -- --profile ${profile}`,
    details: { done: changesOf(all) },
    cause: second,
  });
}

function firstLine(error: unknown): string {
  const text = error instanceof PlumblineError ? error.what : messageOf(error);
  return text.split("\n")[0] ?? "";
}
