/** Images from a registry: probes each registry once for being reachable, and pulls with limits. */
import { setTimeout as after } from "node:timers/promises";
import { PlumblineError, messageOf } from "../core/errors.ts";
import { diskFull } from "./disk.ts";
import { readFailure } from "./failure.ts";
import { isNetworkFailure } from "../docker/network-failure.ts";
import { pullProgress } from "./pull-progress.ts";
import { digestInReference, registryOf, withoutDigest } from "../core/service/reference.ts";
import type { ImageStore, PullEvent, RegistryAnswer } from "../core/machine/engine.ts";

/** A registry that does not say within this time whether it has an image counts as unreachable. */
const ANSWER_DEADLINE_MS = 5_000;
/** Attempts at one pull; the engine keeps complete layers. */
const PULL_ATTEMPTS = 3;
/** Pause before the second attempt; each further pause is longer by the same time. */
const RETRY_PAUSE_MS = 1_000;
/** A pull without any message for this long has stalled: unpacking a large layer reports something every second. */
const STALL_DEADLINE_MS = 60_000;
const PULL_DEADLINE_MS = 20 * 60_000;

export type Ask = (reference: string, signal: AbortSignal) => Promise<RegistryAnswer>;

/**
 * Returns a function that asks registries for images. If the first question to a registry is not answered, its result
 * counts for all other questions of the run: without a network, five services wait 5 s together.
 */
export function registryProbe(store: Pick<ImageStore, "ask">): Ask {
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

/**
 * Resolves what is wrong, in words, if a registry lacks the digest of a reference and has its tag with another one; also
 * a mirror may have that. Undefined if the tag is not there either, or if the reference has no digest.
 */
export async function otherDigest(ask: Ask, reference: string, signal: AbortSignal): Promise<string | undefined> {
  const wanted = digestInReference(reference);
  const tag = withoutDigest(reference);
  const answer = wanted === undefined ? undefined : await ask(tag, signal);
  if (answer?.kind !== "present" || answer.digest === undefined) return undefined;
  return `${tag} has the digest ${answer.digest} there, and ${wanted} is wanted`;
}

/**
 * Resolves why the digest that a mirror gives for a tag must not be noted for that tag, in words: its own registry has
 * another one. Undefined if that has the same, or cannot tell: whoever pulls from it later is told of a difference.
 */
export async function otherUpstream(
  ask: Ask,
  { tag, asked, digest }: { readonly tag: string; readonly asked: string; readonly digest: string },
  signal: AbortSignal,
): Promise<string | undefined> {
  if (asked === tag) return undefined;
  const answer = await ask(tag, signal);
  if (answer.kind !== "present" || answer.digest === undefined || answer.digest === digest) return undefined;
  return `${asked} has the digest ${digest}, and ${tag} itself has ${answer.digest}: the lock file does not note it`;
}

export type Pulled = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** Pulls an image that its registry has. Rejects only with DISK_FULL, or when `signal` fires. */
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

/** True while the engine waits for its own retry ("Retrying in 5 seconds"), five times in a minute. */
function isWaiting({ status }: PullEvent): boolean {
  return status?.startsWith("Retrying") ?? false;
}

/** True for failures that another attempt may avoid: cut connections, and busy registries. */
function isTransient(reason: string): boolean {
  return /stalled|stopped answering|premature|aborted|socket hang up|ECONNRESET|toomanyrequests|50[234]|unexpected/i.test(
    reason,
  );
}
