/** The observed stack: the input of a plan. */
import type { EffectiveValue, ObservedContainer } from "../machine/facts.ts";
import type { Damage, Persisted } from "../service/setting-rules.ts";
import type { Bytes } from "../units.ts";

/**
 * A generated file compared with the disk. `edited` and `foreign` hold a person's work; `edited` was generated first.
 */
export type FileState = "same" | "absent" | "outdated" | "edited" | "foreign";

export interface Observed {
  readonly containers: readonly ObservedContainer[];
  /** Names of containers in the Compose project that Plumbline did not make. Absent if nobody asked. */
  readonly guests?: readonly string[];
  /** The settings that each running server reports, by instance; an instance that did not answer is absent. */
  readonly effective: ReadonlyMap<string, ReadonlyMap<string, EffectiveValue>>;
  /** Memory that the data of a running server take, by instance; absent if they are on disk. */
  readonly held?: ReadonlyMap<string, Bytes>;
  /** Why data of a running server would be lost if it ended now, by instance. */
  readonly unsaved?: ReadonlyMap<string, string>;
  /** State of every file of the desired stack, by path. */
  readonly files: ReadonlyMap<string, FileState>;
  /** The current folder of the stack's files. */
  readonly folder?: string;
  /** Why a running instance did not answer, by instance. This and the next two are absent if nobody asked. */
  readonly silent?: ReadonlyMap<string, string>;
  /** By instance: volumes on which no server has ever answered, and with which one was just seen not to start. */
  readonly hopeless?: ReadonlyMap<string, readonly string[]>;
  /** Settings that a server keeps in a file of its own, by instance. */
  readonly persisted?: ReadonlyMap<string, Persisted>;
  /** Damaged files that keep a server from starting, by instance. */
  readonly damages?: ReadonlyMap<string, readonly Damage[]>;
  /** By instance: names of persisted settings with which its server was just seen not to start. */
  readonly blamed?: ReadonlyMap<string, ReadonlySet<string>>;
  /** Why a service does not work, by service. */
  readonly unready?: ReadonlyMap<string, string>;
  /** Missing one-time steps in words ("create role app"), by service. */
  readonly missing?: ReadonlyMap<string, readonly string[]>;
}
