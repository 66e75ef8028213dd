/** What a server accepts in its settings, and which of them a profile may give: declared by the service's folder. */
import type { MachineFacts, SettingValue } from "../machine/facts.ts";
import type { Bytes } from "../units.ts";
import type { Setting, SettingUnit, Takes, Tolerance } from "./setting.ts";
import type { Workload } from "./workload.ts";

/** One setting of a server, as the server itself describes it. */
export interface SettingSpec {
  /** The server's own spelling of the name. */
  readonly name: string;
  /** `fixed`: no conf file changes it. */
  readonly takes: Takes | "fixed";
  readonly unit: SettingUnit;
  readonly kind: "number" | "switch" | "choice" | "text";
  /** True if it has no fraction. */
  readonly whole?: boolean;
  /** Values are whole multiples of this, in `unit`: 60 where the server counts a time in minutes. */
  readonly grain?: number;
  /** The server's own range, in `unit`. A `least` below 0 is a value with a meaning of its own, such as "off". */
  readonly least?: number;
  readonly most?: number;
  /** As the server reports them; of a switch, first on and then off. */
  readonly choices?: readonly string[];
  /** Texts that it accepts besides numbers. */
  readonly words?: RegExp;
  readonly form?: SettingForm;
  /** As in `Setting`. */
  readonly bareUnit?: number;
  readonly tolerance?: Tolerance;
  /** The server has no answer to what its value is. */
  readonly unreported?: true;
}

/** The grammar of a text. */
export interface SettingForm {
  readonly expected: string;
  /** Returns the text as the server reports it, and undefined if it is none. */
  readonly read: (text: string) => string | undefined;
  /** Returns the whole value if the profile may give a part of it: the rest is as computed. */
  readonly over?: (computed: string, given: string) => string;
}

/** The settings of one service that a profile may give, besides those that are tuned. */
export interface SettingRules {
  /** Names for suggestions. */
  readonly names: readonly string[];
  /** Returns the server's own spelling of a name; the name itself if the server does not know it. */
  nameOf(given: string): string;
  /** Returns why Plumbline sets it itself; undefined if a profile may give it. */
  ownedBecause(name: string): string | undefined;
  /** Returns undefined if the server does not know the setting. */
  specOf(name: string): SettingSpec | undefined;
  /** The release of the server whose settings these are: "18", "9.7". Absent: they are those of every release. */
  readonly release?: string;
  /** Returns how a setting is handed to another release of the server; undefined for what is no name of a setting. */
  specInOther?(name: string): SettingSpec | undefined;
  /** Judges all settings together, by the rules of the computed ones. */
  judge?(input: JudgeInput): readonly Judgement[];
}

export type SettingValues = ReadonlyMap<string, SettingValue>;

export interface JudgeInput {
  /** Final values by name: computed, or given by the profile. */
  readonly settings: SettingValues;
  /** What the computed values follow from: the input of `tune`. */
  readonly tuned: {
    readonly share: { readonly memory: Bytes; readonly cpus: number };
    readonly machine: Pick<MachineFacts, "cpus" | "memory" | "disk">;
    readonly workload: Workload;
  };
  /** The settings of the services that this one requires, by service. */
  readonly neighbours: ReadonlyMap<string, SettingValues>;
  readonly instances: number;
}

/** A rule that the settings do not keep. */
export interface Judgement {
  /** The settings that decide it, the likeliest mistake first; those of a neighbour as "<service>.<name>". */
  readonly settings: readonly string[];
  /** `refused`: it cannot work. `warned`: it can, and a user may mean it. */
  readonly severity: "refused" | "warned";
  /** Completes "found …, expected …". */
  readonly found: string;
  readonly expected: string;
}

/** Returns a setting that only the profile gives. */
export function givenSetting(
  { name, unit, takes, bareUnit, tolerance, unreported }: SettingSpec & { readonly takes: Takes },
  value: SettingValue,
  because: Setting["because"],
): Setting {
  return {
    name,
    value,
    unit,
    takes,
    because,
    untuned: true,
    ...(bareUnit === undefined ? {} : { bareUnit }),
    ...(tolerance === undefined ? {} : { tolerance }),
    ...(unreported ? { unreported } : {}),
  };
}

/**
 * The file in which a server keeps settings beside its conf files. It reads them last, so they override what the plan
 * wants. All functions are pure.
 */
export interface PersistedFile {
  /** Absolute path in the container, on a volume. */
  readonly path: string;
  /** The statement that writes it, for people: "ALTER SYSTEM". */
  readonly statement: string;
  read(text: string): Persisted;
  /** Returns the text without these settings, and without what the server cannot read. */
  without(text: string, names: ReadonlySet<string>): string;
}

/**
 * A file that a server writes for itself, and that keeps it from starting if it is damaged: of a process that is gone, or
 * cut off when the disk was full or the power failed. It holds nothing of a person.
 */
export interface OwnFile {
  /** Absolute path in the container. */
  readonly path: string;
  /** Returns why the server does not start with this text; undefined if it does. */
  readonly faultIn: (text: string) => string | undefined;
  /** A text with which it starts, and which it then replaces. */
  readonly sound: string;
}

/** An own file of a server that keeps it from starting. */
export interface Damage {
  readonly file: OwnFile;
  readonly fault: string;
}

export interface Persisted {
  /** Texts without quotes, by the server's own name of the setting. */
  readonly values: ReadonlyMap<string, string>;
  /** What the server cannot read in the file, which keeps it from starting; absent if it can read everything. */
  readonly fault?: string;
}
