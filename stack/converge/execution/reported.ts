/** Reports work as a progress step. */
import { messageOf } from "../../core/errors.ts";
import type { Report } from "../../core/progress.ts";

export interface ReportedStep {
  readonly id: string;
  readonly title: string;
  readonly because?: string;
  /** If aborted, the last message before the signal is not reported as a reason. */
  readonly signal?: AbortSignal;
}

/** Settles as `work` does. */
export async function reported<Result>(
  { id, title, because, signal }: ReportedStep,
  report: Report,
  work: Promise<Result>,
): Promise<Result> {
  report({ kind: "step-started", id, title, ...(because === undefined ? {} : { because }) });
  try {
    const result = await work;
    report({ kind: "step-done", id });
    return result;
  } catch (error) {
    const reason = signal?.aborted ? "interrupted" : (messageOf(error).split("\n")[0] ?? "");
    report({ kind: "step-failed", id, reason });
    throw error;
  }
}
