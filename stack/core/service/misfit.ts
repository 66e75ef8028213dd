/** Data that a server holds in memory, and what it would be given. */
import type { EffectiveValue, SettingValue } from "../machine/facts.ts";
import type { Bytes } from "../units.ts";

/** What a running server holds, and what it would be given. */
export interface MisfitInput {
  /** As `Connection.held`. */
  readonly held: Bytes;
  readonly effective: ReadonlyMap<string, EffectiveValue>;
  /** The settings that it gets; the others stay as they are. */
  readonly wanted: ReadonlyMap<string, SettingValue>;
  /** Memory limit of its container. */
  readonly memory: Bytes;
  /** True if the server starts again, and reads its data from disk; false if it takes the settings while it runs. */
  readonly isNew: boolean;
}

/** The parts of an error. */
export interface Misfit {
  readonly what: string;
  readonly why: string;
  readonly fix: string;
}
