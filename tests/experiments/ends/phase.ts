/** A phase of a command: how it is brought about, and how it is recognised. */

/** What one run needs; each has its own, so that nothing of an earlier one is left. */
export interface Scene {
  /** Arguments of `npm run`. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The project by default. */
  readonly cwd?: string;
  /** Returns whether the phase has begun, by what the command printed or by what a fake saw. */
  readonly reached: (said: string, mark: string) => boolean | Promise<boolean>;
  /** The folder where a lock and half-written files would be. */
  readonly folder: string;
  /** The next command, after what hung answers again: arguments of `npm run`. Must end with one of these exit codes. */
  readonly next?: { readonly args: readonly string[]; readonly codes: readonly number[] };
  /** Exit codes of its own result, where it may have one before it hears that it is to end. */
  readonly results?: readonly number[];
  /** Lets what hung answer again. */
  readonly recover?: () => void | Promise<void>;
  /** Command lines of processes that stay on purpose: a fake's own. */
  readonly outlives?: RegExp;
  readonly close: () => Promise<void>;
}

export interface Phase {
  /** "up", "bench:self". */
  readonly command: string;
  readonly name: string;
  readonly group: Group;
  /** It asks on the terminal, so it has no phase without one. */
  readonly asks?: boolean;
  readonly open: () => Promise<Scene>;
}

export const GROUPS = [
  "start",
  "bootstrap",
  "engine",
  "provision",
  "registry",
  "colima",
  "prompt",
  "live",
  "server",
] as const;
export type Group = (typeof GROUPS)[number];
