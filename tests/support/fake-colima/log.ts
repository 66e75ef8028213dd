import type { World } from "./world.ts";

type Level = "info" | "warning" | "fatal";

/** Writes one line as logrus does without a terminal: logs go to stderr. `context` is `vm` or the container runtime. */
export function log(world: World, level: Level, message: string, context?: string): void {
  world.stderr(`${line(level, message)}${context === undefined ? "" : ` context=${context}`}\n`);
}

export function line(level: Level, message: string): string {
  return `time="${new Date().toISOString().slice(0, 19)}Z" level=${level} msg=${quoted(message)}`;
}

/** A line of limactl that Colima passes on: sub-command output goes to stdout when there is no terminal. */
export function limactlLine(world: World, level: Level, message: string): void {
  world.stdout(`${line(level, message)}\n`);
}

/** logrus leaves a value bare only if it is made of these characters (`text_formatter.go`, needsQuoting). */
function quoted(value: string): string {
  return /^[\w\-./@^+]+$/.test(value) ? value : JSON.stringify(value);
}
