/** Images from a registry: whether it answers is found out once, and a pull has limits. */
import { setTimeout as after } from "node:timers/promises";
import { PlumblineError, messageOf } from "../core/errors.ts";
import { diskFull } from "./disk.ts";
import { readFailure } from "./failure.ts";
import { isNetworkFailure } from "../docker/network-failure.ts";
import { pullProgress } from "./pull-progress.ts";
import { registryOf } from "./reference.ts";
import type { ImageStore, PullEvent, RegistryAnswer } from "../core/machine/engine.ts";

/** How long a registry may take to say whether it has an image, before it counts as out of reach. */
const ANSWER_DEADLINE_MS = 5_000;
/** A pull is begun anew this often; complete layers are kept by the engine. */
const PULL_ATTEMPTS = 3;
/** Before the second attempt; each further one waits as long again. */
const RETRY_PAUSE_MS = 1_000;
/** A pull without any message for this long has stalled. Unpacking a large layer says something every second. */
const STALL_DEADLINE_MS = 60_000;
const PULL_DEADLINE_MS = 20 * 60_000;

export type Ask = (reference: string, signal: AbortSignal) => Promise<RegistryAnswer>;

/**
 * Asks registries for images. The first question to a registry that nobody answers speaks for all others of the run:
 * side by side, five services wait 5 s in all where no network is.
 */
export function registryDoor(store: Pick<ImageStore, "ask">): Ask {
  const first = new Map<string, Promise<RegistryAnswer>>();
  return async (reference, signal) => {
    const ask = () => store.ask(reference, AbortSignal.any([signal, AbortSignal.timeout(ANSWER_DEADLINE_MS)]));
    const registry = registryOf(reference);
    const earlier = first.get(registry);
    if (!earlier) {
      const answer = ask();
      first.set(registry, answer);
      return answer;
    }
    const answer = await earlier;
    return answer.kind === "unreachable" ? answer : ask();
  };
}

export type Pulled = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** Pulls an image that its registry has. Rejects only with DISK_FULL or because `signal` ended it. */
export async function pullImage(
  store: Pick<ImageStore, "pull" | "ask">,
  reference: string,
  detail: (line: string) => void,
  signal: AbortSignal,
): Promise<Pulled> {
  const end = AbortSignal.any([signal, AbortSignal.timeout(PULL_DEADLINE_MS)]);
  let reason = "";
  for (let attempt = 1; attempt <= PULL_ATTEMPTS && !end.aborted; attempt += 1) {
    if (attempt > 1) {
      detail(`attempt ${attempt} of ${PULL_ATTEMPTS}: ${reason}`);
      await after(RETRY_PAUSE_MS * (attempt - 1), undefined, { signal: end }).catch(() => {});
    }
    try {
      await pullOnce(store, reference, detail, end);
      return { ok: true };
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof PlumblineError) throw error;
      reason = messageOf(error);
      if (readFailure(reason).kind === "disk-full") throw diskFull(`Could not pull ${reference}`, reason, error);
      if (!isNetworkFailure(reason) && !isTransient(reason)) break;
    }
  }
  signal.throwIfAborted();
  return { ok: false, reason: end.aborted ? `not complete within ${PULL_DEADLINE_MS / 60_000} min` : reason };
}

async function pullOnce(
  store: Pick<ImageStore, "pull" | "ask">,
  reference: string,
  detail: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const given = new AbortController();
  const end = AbortSignal.any([signal, given.signal]);
  const timer = setTimeout(() => {
    given.abort(new Error(`the pull stalled for ${STALL_DEADLINE_MS / 1000} s`));
  }, STALL_DEADLINE_MS);
  const progress = pullProgress();
  let asking = false;
  const askAgain = async () => {
    if (asking) return;
    asking = true;
    const answer = await store.ask(reference, AbortSignal.any([end, AbortSignal.timeout(ANSWER_DEADLINE_MS)]));
    asking = false;
    if (answer.kind === "unreachable") given.abort(new Error(`the registry stopped answering: ${answer.reason}`));
  };
  const event = (event: PullEvent) => {
    if (isWaiting(event)) void askAgain();
    else timer.refresh();
    const line = progress.add(event);
    if (line !== undefined) detail(line);
  };
  try {
    await store.pull(reference, event, end);
  } finally {
    clearTimeout(timer);
  }
}

/** The engine counts down to a try of its own ("Retrying in 5 seconds"), five times in a minute. */
function isWaiting({ status }: PullEvent): boolean {
  return status?.startsWith("Retrying") ?? false;
}

/** Failures that a second attempt may not meet: cut connections, and registries that are busy. */
function isTransient(reason: string): boolean {
  return /stalled|stopped answering|premature|aborted|socket hang up|ECONNRESET|toomanyrequests|50[234]|unexpected/i.test(
    reason,
  );
}
