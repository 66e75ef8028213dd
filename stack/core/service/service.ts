/** A service: everything Plumbline must know about it, declared by one folder in `stack/services/`. */
import type { ExecOptions, ExecResult } from "../machine/exec.ts";
import type { DataRules } from "./data-version.ts";
import type { z } from "zod";
import type { LoadToolFormat } from "./load-tool-format.ts";
import type { CertificateSpec } from "./certificate.ts";
import type { Credential, Credentials, CredentialSpec } from "./credential.ts";
import type { EffectiveValue, SettingValue } from "../machine/facts.ts";
import type { Machine } from "../machine/machine.ts";
import type { MachineMount, Network, SecretFile } from "./container.ts";
import type { ImageSpec } from "./image.ts";
import type { Drain } from "./drain.ts";
import type { Bench } from "./scenario.ts";
import type { Session } from "./session.ts";
import type { OwnFile, PersistedFile, SettingRules } from "./setting-rules.ts";
import type { Setting, SettingUnit } from "./setting.ts";
import type { VOLUME } from "../stack-names.ts";
import type { Bytes } from "../units.ts";
import type { Grant, Granted, Neighbours, Offers, Want } from "./want.ts";
import type { Workload } from "./workload.ts";

/** A service as the registry lists it: its name and how to parse its options. */
export interface Service {
  readonly name: string;
  readonly title: string;
  /** The options a profile may give under `services.<name>`; every one has a default. */
  readonly options: z.ZodType;
  /** Load tools in the service's image. */
  readonly tools?: readonly LoadToolFormat[];
  /** Parses the options and returns the configured service. Throws a ZodError on wrong options. */
  configure(options: unknown): ConfiguredService;
}

/** A service with its options applied. All functions are pure except those of `live`. */
export interface ConfiguredService {
  readonly name: string;
  /** The parsed options, with their defaults; visible to services that want something from this one. */
  readonly options: Readonly<Record<string, unknown>>;
  /** What it needs from its neighbours. */
  readonly wants: readonly Want[];
  /** Services that it cannot work without: the ones that its non-optional wants name. */
  readonly requires: readonly string[];
  /** What other services may want from it. */
  readonly grants: readonly Grant[];
  /** What collectors may read without knowing the service; a function if it depends on the neighbours. */
  readonly offers: Offers | ((neighbours: Neighbours) => Offers);
  /** Its containers: ["postgres"], ["redis-1", "redis-2", "redis-3"]. Every instance gets its own budget. */
  readonly instances: readonly string[];
  readonly image: ImageSpec;
  readonly ports: readonly PortSpec[];
  /** Ports that its servers and their tools listen on beside `ports`, for themselves. */
  readonly innerPorts?: readonly number[];
  /** Its servers listen before they do anything that takes time: one that listens on nothing never will. */
  readonly listensAtOnce?: true;
  readonly credentials: readonly CredentialSpec[];
  /** Certificates that its servers need; issued before the first start, and renewed while the servers run. */
  readonly certificates: readonly CertificateSpec[];
  /** Returns what one instance needs of the machine. */
  needs(input: NeedsInput): Needs;
  /** Returns the settings of one instance; they are the same for every instance. */
  tune(input: TuneInput): readonly Setting[];
  /** Absent: a profile may give tuned settings only. */
  readonly settingRules?: SettingRules;
  /** Returns a setting's value as spelled in the server's conf files and in tuning.env: "256MB", "on". */
  spell(value: SettingValue, unit: SettingUnit): string;
  /** Returns the conf files of one instance, mounted read-only at `CONF_MOUNT`. They contain every live setting. */
  files(input: ContainerInput): readonly ConfFile[];
  /** Paths of conf files that cannot carry a signature line; `destroy` knows them by these names. */
  readonly unsignedFiles: readonly string[];
  /** Paths of all secret files that its containers may have; known by them to `destroy`, whatever mode they have. */
  readonly secretFileNames?: readonly string[];
  container(input: ContainerInput): ContainerSpec;
  /** True if its clients can wait without errors while a required service restarts: see `LiveService.drain`. */
  readonly drainsClients?: true;
  /** True if a killed first start may spoil the volumes, and only Plumbline can log in before the one-time steps. */
  readonly makesVolumes?: true;
  /** What its data allow; absent if it has none. */
  readonly data?: DataRules;
  /** Where its server keeps settings that override its conf files. */
  readonly persisted?: PersistedFile;
  /** Files of its server that keep it from starting if they are damaged. */
  readonly ownFiles?: readonly OwnFile[];
  /** Log lines with a known meaning, looked for at the end of the log. */
  readonly failures: readonly KnownFailure[];
  /** Loads the client code, which is separate so that planning does not have to load it. */
  live(): Promise<LiveService>;
}

export interface NeedsInput {
  readonly machine: Machine;
  readonly workload: Workload;
}

/** What one instance claims of the machine. */
export interface Needs {
  /** With less memory the server does not work. */
  readonly floor: Bytes;
  /** What this workload needs; `most` (default: the same) is what it can use as cache if the others leave it. */
  readonly ideal: Bytes;
  readonly most?: Bytes;
  /** Its part when memory is shared out, more than 0: about the MiB beyond the floor in the known split of 8 GiB. */
  readonly weight: number;
  /** Wanted cpu limit, capped at the machine's cpus. */
  readonly cpus: number;
  /** What its logs of changes (write-ahead, redo, binary) take of the disk in addition to the data. */
  readonly logs?: { readonly floor: Bytes; readonly ideal: Bytes };
}

/** Limits of one instance. */
export interface Share {
  readonly memory: Bytes;
  readonly cpus: number;
}

export interface TuneInput {
  readonly share: Share;
  readonly machine: Machine;
  readonly workload: Workload;
  readonly logs?: Bytes; // its part of the disk; absent if `needs` asks for none
}

export interface PortSpec {
  /** "sql", "amqp", "management". */
  readonly name: string;
  readonly instance: string;
  readonly container: number;
  /** Port on 127.0.0.1 in the default stack; other stacks add their offset. */
  readonly defaultHostPort: number;
  /** URL for `env`: {user} {password} {host} {port} {<neighbour>.<option>}; credential: own, or "<neighbour>.<name>". */
  readonly url?: { readonly variable: string; readonly credential: string; readonly template: string };
}

export interface ContainerInput {
  readonly instance: string;
  readonly share: Share;
  readonly settings: readonly Setting[];
  readonly workload: Workload;
  /** Its own credentials, and those that neighbours share with it. */
  readonly credentials: Credentials;
  readonly neighbours: Neighbours;
  /** What the services of this stack want from this one. */
  readonly grants: readonly Granted[];
  /** Returns the host port for a port of this service, which clients on the host use. */
  readonly hostPort: (instance: string, port: string) => number;
}

/** Where the conf folder of an instance is mounted, in every image. */
export const CONF_MOUNT = "/etc/plumbline";

/** Where secret files are mounted: one file per credential, named "<service>.<name>", with the password. */
export const SECRETS_MOUNT = "/run/secrets";

/** A generated text, or a static file of bytes such as a dashboard or a certificate. */
export type ConfFile = {
  /** Relative to the instance's conf folder. */
  readonly path: string;
  /**
   * A change of it takes a new container: `true` for the whole content, a text for the part that counts. Absent for
   * files that hold only tunables.
   */
  readonly identity?: true | string;
} & ({ readonly text: string; readonly bytes?: never } | { readonly bytes: Uint8Array; readonly text?: never });

/** The container's part of compose.yaml, without what every container has (limits, labels, conf mount). */
export interface ContainerSpec {
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  /** Identity only, never tunables and never credentials. */
  readonly environment: Readonly<Record<string, string>>;
  /** Its named volume by mount point: { "/var/lib/postgresql": "data" } becomes the volume "<instance>-data". */
  readonly volumes: Readonly<Record<string, typeof VOLUME>>;
  /** Credentials mounted below `SECRETS_MOUNT`, as "<service>.<name>". */
  readonly secrets: readonly string[];
  /** For servers that do not start as root, and so cannot read `secrets`. A change takes a new container. */
  readonly secretFiles?: readonly SecretFile[];
  /** What it sees of its machine. */
  readonly mounts?: readonly MachineMount[];
  /** Default: ["data"]. */
  readonly networks?: readonly Network[];
  /** Its only capabilities: ["CHOWN"]. Default: none, also for root. */
  readonly capabilities?: readonly string[];
  /** Names or numbers of additional groups of its processes. */
  readonly groups?: readonly string[];
  /** Limit of open files, if it needs more than every container gets. */
  readonly openFiles?: number;
  /** Limit of processes and threads, if it needs more than every container gets. */
  readonly processes?: number;
  /** True if only volumes and `tmpfs` are writable. */
  readonly readOnlyRoot?: true;
  /** "host" if it sees the processes of the machine. */
  readonly pidMode?: "host";
  readonly shmSize?: Bytes;
  readonly user?: string;
  readonly hostname?: string;
  readonly stopSignal?: string;
  readonly stopGraceSeconds: number;
  readonly tmpfs?: readonly string[];
}

export interface KnownFailure {
  readonly pattern: RegExp;
  readonly code: "VOLUME_INCOMPATIBLE" | "VOLUME_INCOMPLETE" | "DISK_FULL" | "SERVICE_EXITED";
  readonly what: string;
  readonly fix: string;
}

/** How a client on the host reaches one instance. */
export interface Target {
  readonly instance: string;
  readonly host: string;
  readonly port: (name: string) => number;
  /** Port on 127.0.0.1 for commands of `exec`. Absent if it is the server's own port in its container. */
  readonly inside?: (name: string) => number;
  /** Address inside the stack's network. */
  readonly address: string;
  /** Its own credentials, and those that neighbours share with it. */
  readonly credentials: Credentials;
  readonly neighbours: Neighbours;
  /** Clients with the same login are shared until the session ends; if absent, each request opens its own. */
  readonly session?: Session;
  /** Runs a command inside the container; stdin passes what argv must not show. Rejects if it exits non-zero. */
  readonly exec: (argv: readonly string[], options?: ExecOptions) => Promise<ExecResult>;
}

/** The part of a service that talks to running servers. Every request has its own deadline, so every call ends. */
export interface LiveService {
  /** Deadline of the longest step of `prepare`, in ms. Absent if no step waits for longer than a usual request. */
  readonly longestStepMs?: number;
  /** Opens a client to one instance. Rejects if the server does not answer yet: the caller retries. */
  connect(target: Target): Promise<Connection>;
  /**
   * Resolves whether a server that refuses the stack's own login holds nothing but what an ended first initialisation
   * leaves: no account of the stack, and no data of anybody. Absent if the server answers nobody in such a state.
   */
  isUninitialised?(target: Target): Promise<boolean>;
  /**
   * Carries out the one-time steps for all instances: roles, databases, vhosts, cluster slots, and what `grants` names.
   * Idempotent: looks first, then does what `lacks` would return. Resolves what was done, in words ("created role
   * app"); [] if nothing was missing.
   */
  prepare(targets: readonly Target[], input: PrepareInput): Promise<readonly string[]>;
  /** Resolves what `prepare` would do now, in words ("create role app"). Changes nothing. Rejects as `prepare` does. */
  lacks(targets: readonly Target[], input: LacksInput): Promise<readonly string[]>;
  /** Rejects with the reason unless the service works as a whole (the table "ready means" of the catalogue). */
  ready(targets: readonly Target[]): Promise<void>;
  /** Absent if the service has no benchmarks. */
  bench?(targets: readonly Target[]): Bench;
  /**
   * Drains clients: resolves when no query of theirs is running in the services behind it, and makes them wait from
   * then on. Rejects after `deadlineMs`, with clients served as before. Present if `drainsClients` is.
   */
  drain?(targets: readonly Target[], deadlineMs: number): Promise<Drain>;
}

export interface LacksInput {
  /** What the services of this stack want from this one. */
  readonly grants: readonly Granted[];
  /** Returns a stored credential that the server issued; undefined if there is none yet. */
  readonly issued: (name: string) => Credential | undefined;
}

export interface PrepareInput extends LacksInput {
  /** Aborts if the caller gives up: `prepare` then begins no further step, and rejects with the reason it has. */
  readonly signal: AbortSignal;
  /**
   * Stores what the server issued, before it is used, so that a kill at any time loses nothing. `of`: the name of one
   * of this service's own issued credentials, or the grant whose grantee has an issued one.
   */
  readonly keep: (of: string | Granted, secret: string) => Promise<Credential>;
}

/** A client of one running instance. */
export interface Connection {
  /** Resolves the server's own version string. */
  version(): Promise<string>;
  /** Resolves effective values by setting name, in the units of `tune()`; what the server does not know is absent. */
  read(names: readonly string[]): Promise<ReadonlyMap<string, EffectiveValue>>;
  /**
   * Makes settings effective without a restart, after their conf files were rewritten. Rejects, with nothing changed,
   * if a value is impossible now (Redis maxmemory below the memory in use).
   */
  apply(settings: readonly { readonly name: string; readonly value: SettingValue }[]): Promise<void>;
  /** Resolves the memory that the server's data take. Present if `DataRules.misfit` is. */
  held?(): Promise<Bytes>;
  /**
   * Resolves why data would be lost if the server ended now and started with these settings, by name; undefined if its
   * next start finds all of them. Present if `save` is.
   */
  unsaved?(wanted: ReadonlyMap<string, SettingValue>): Promise<string | undefined>;
  /** Has the server write these data, so that its end loses nothing. Rejects if it cannot write them. */
  save?(): Promise<void>;
  /** Removes settings from the server's own file, and makes it read its conf files again if it can. */
  reset?(names: readonly string[]): Promise<void>;
  close(): Promise<void>;
}
