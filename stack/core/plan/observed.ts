/** What a plan is made from: the stack as it was found. */
import type { EffectiveValue, ObservedContainer } from "../machine/facts.ts";

/** A generated file as it is on disk. `edited` and `foreign` are a person's work: the first was ours once. */
export type FileState = "same" | "absent" | "outdated" | "edited" | "foreign";

export interface Observed {
  readonly containers: readonly ObservedContainer[];
  /** What each running server reports, by instance; an instance that did not answer is absent. */
  readonly effective: ReadonlyMap<string, ReadonlyMap<string, EffectiveValue>>;
  /** State of every file that the desired stack wants, by path. */
  readonly files: ReadonlyMap<string, FileState>;
  /** Folder of the stack's files now. */
  readonly folder?: string;
  /** Why an instance that runs did not answer, by instance. This and the next two are absent if nobody asked. */
  readonly silent?: ReadonlyMap<string, string>;
  /** Why a service does not work, by service. */
  readonly unready?: ReadonlyMap<string, string>;
  /** One-time steps that a service lacks, by service, in words ("create role app"). */
  readonly missing?: ReadonlyMap<string, readonly string[]>;
}
