/** Work that cannot be called back, for somebody who may not want to wait for its end. */
import { interrupted } from "../../host/deadline.ts";

/** Settles as `work` does, or rejects with INTERRUPTED as soon as the signal comes; the work goes on unheard. */
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
