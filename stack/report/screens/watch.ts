/** `verify --watch` as a document and as text. */
import { printable } from "../../core/printable.ts";
import type { Drift, Watched } from "../../core/results/commands/watch.ts";
import type { WatchDocument } from "../documents/documents.ts";

/** One line per difference, with the time: "+" means it appeared, "-" it is gone. */
export function driftText({ at, appeared, gone }: Drift): string {
  const lines = [...appeared.map((text) => `${at} + ${text}`), ...gone.map((text) => `${at} - ${text}`)];
  return printable(lines.join("\n"));
}

export function watchDocumentOf(watched: Watched, exitCode: number): WatchDocument {
  return { ok: true, command: "verify", ...watched, exitCode };
}

export function watchText({ looks, differences }: Watched): string {
  const times = `looked ${looks} ${looks === 1 ? "time" : "times"}`;
  if (differences.length === 0) return `Nothing differs from the profile (${times}).`;
  return `${differences.length} differ from the profile (${times}); \`npm run up\` repairs it.`;
}
