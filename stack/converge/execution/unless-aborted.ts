/** Work that cannot be cancelled, for a caller that may stop waiting for it. */
import { interrupted } from "../../host/deadline.ts";

/**
 * Settles as `work` does, or rejects with INTERRUPTED as soon as the signal aborts; the work then continues, and its
 * result is ignored.
 */
export async function unlessAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const heard = new AbortController();
  const aborted = new Promise<never>((_resolve, reject) => {
    const end = () => reject(interrupted(signal));
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true, signal: heard.signal });
  });
  work.catch(() => undefined);
  try {
    return await Promise.race([work, aborted]);
  } finally {
    heard.abort();
  }
}
