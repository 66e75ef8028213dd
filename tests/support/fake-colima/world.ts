import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const Knobs = z.object({
  version: z.string(),
  platform: z.enum(["linux", "darwin"]),
  engineSocket: z.string().optional(),
  /** The containers of this Compose project stand for those inside the VM: they stop when it does. */
  project: z.string().optional(),
});

/** What a test chooses about the fake and what no file of Colima records. */
export type Knobs = z.infer<typeof Knobs>;

/** All that one command of the fake sees and touches, so that a test can also call it in its own process. */
export interface World {
  /** Where knobs and pending faults are; outside COLIMA_HOME, as the hypervisor is. */
  readonly directory: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly knobs: Knobs;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** The next line of standard input, empty at its end. */
  readonly readLine: () => Promise<string>;
  /**
   * The deadline of a command that is called in the process of a test, which nobody can end from outside. Such a command
   * waits for nothing: what would take longer ends it as Overdue, and what would not takes no time.
   */
  readonly limitMs?: number;
}

/** Fails a command the only way Colima knows: one fatal log line and exit code 1. */
export class Fatal extends Error {}

/** What fails before Colima has set up its log is printed by its command line library, after "Error: ". */
export class Unlogged extends Fatal {}

export function readKnobs(directory: string): Knobs {
  return Knobs.parse(JSON.parse(readFileSync(join(directory, "knobs.json"), "utf8")));
}

/** True if the fake plays `version` or a later one. Flags and behaviours came with named versions (COLIMA.md section 2). */
export function atLeast(world: World, version: string): boolean {
  const [have, want] = [numbers(world.knobs.version), numbers(version)];
  for (const [index, wanted] of want.entries()) {
    const difference = (have[index] ?? 0) - wanted;
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/** An unset and an empty variable are the same to Go's `os.Getenv(name) == ""`. */
export function variable(world: World, name: string): string | undefined {
  const value = world.env[name];
  return value === "" ? undefined : value;
}

function numbers(version: string): readonly number[] {
  return version.split(".").map(Number);
}
