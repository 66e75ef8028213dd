/** `verify --watch` as a document and as text. */
import type { WatchDocument } from "../documents/documents.ts";

interface Drift {
  readonly at: string;
  readonly appeared: readonly string[];
  readonly gone: readonly string[];
}

export interface WatchReport {
  readonly looks: number;
  readonly drifts: readonly Drift[];
  readonly differences: readonly string[];
}

/** One line a difference, with the time: "+" began, "-" ended. */
export function driftText({ at, appeared, gone }: Drift): string {
  return [...appeared.map((text) => `${at} + ${text}`), ...gone.map((text) => `${at} - ${text}`)].join("\n");
}

export function watchDocumentOf(stack: string, report: WatchReport, exitCode: number): WatchDocument {
  return {
    ok: true,
    command: "verify",
    stack,
    looks: report.looks,
    drifts: report.drifts.map(({ at, appeared, gone }) => ({ at, appeared: [...appeared], gone: [...gone] })),
    differences: [...report.differences],
    exitCode,
  };
}

export function watchText({ looks, differences }: WatchReport): string {
  const times = `looked ${looks} ${looks === 1 ? "time" : "times"}`;
  if (differences.length === 0) return `Nothing differs from the profile (${times}).`;
  return `${differences.length} differ from the profile (${times}); \`npm run up\` repairs it.`;
}
