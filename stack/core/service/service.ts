/** What a service is: everything Plumbline must know about it, declared by one folder in `stack/services/`. */
import type { z } from "zod";
import type { BenchTool } from "./bench-tool.ts";
import type { EffectiveValue, MachineFacts, SettingValue } from "../machine/facts.ts";
import type { MachineMount, Network, SecretFile } from "./container.ts";
import type { ImageSpec } from "./image.ts";
import type { Bench } from "./scenario.ts";
import type { Setting, SettingUnit } from "./setting.ts";
import type { Bytes } from "../units.ts";
import type { Workload } from "./workload.ts";

/** A service as the registry lists it: its name and how to read its options. */
export interface Service {
  readonly name: string;
  readonly title: string;
  /** Services without which this one is useless. A profile that lacks them is refused. */
  readonly requires: readonly string[];
  /** The options a profile may give under `services.<name>`; every one has a default. */
  readonly options: z.ZodType;
  /** Options that are those of the same name of a service that this one requires, by option: { database: "postgres" }. */
  readonly shares?: Readonly<Record<string, string>>;
  /** Load tools that come with it. */
  readonly tools?: readonly BenchTool[];
  /** Parses the options and answers the service as this profile wants it. Throws a ZodError on wrong options. */
  configure(options: unknown): ConfiguredService;
}

/** A service with its options applied. All functions but those of `live` are pure. */
export interface ConfiguredService {
  readonly name: string;
  /** Its containers: ["postgres"], ["redis-1", "redis-2", "redis-3"]. Every instance gets its own budget. */
  readonly instances: readonly string[];
  readonly image: ImageSpec;
  readonly ports: readonly PortSpec[];
  readonly credentials: readonly CredentialSpec[];
  /** What one instance needs of the machine. */
  needs(input: NeedsInput): Needs;
  /** The settings of one instance; they are the same for every instance. */
  tune(input: TuneInput): readonly Setting[];
  /** A setting's value in the spelling of the server's conf files, which is that of tuning.env: "256MB", "on". */
  spell(value: SettingValue, unit: SettingUnit): string;
  /** The conf files of one instance, mounted read-only at `CONF_MOUNT`. Every live setting is in one of them. */
  files(input: ContainerInput): readonly ConfFile[];
  container(input: ContainerInput): ContainerSpec;
  /** While a service that it requires restarts, its clients wait and see no error: `LiveService.hold` does that. */
  readonly holdsClients?: true;
  /** Last log lines that have a known meaning. */
  readonly failures: readonly KnownFailure[];
  /** Loads the client code; kept out of the pure half so that planning does not pay for it. */
  live(): Promise<LiveService>;
}

export interface NeedsInput {
  readonly machine: Pick<MachineFacts, "cpus" | "memory">;
  readonly workload: Workload;
}

/** A claim on the machine, for one instance. */
export interface Needs {
  /** Below this the server does not work. */
  readonly floor: Bytes;
  /** Above this more memory does not help this workload. */
  readonly ideal: Bytes;
  /**
   * Share of what is left between floors and ideals. All services count in one unit: the MiB that an instance gets
   * beyond its floor in the split that is known to work on 8 GiB. More than 0.
   */
  readonly weight: number;
  /** Cpu limit wanted; capped at the machine's. */
  readonly cpus: number;
}

/** What one instance got. */
export interface Share {
  readonly memory: Bytes;
  readonly cpus: number;
}

export interface TuneInput {
  readonly share: Share;
  readonly machine: Pick<MachineFacts, "cpus" | "memory">;
  readonly workload: Workload;
}

export interface PortSpec {
  /** "sql", "amqp", "management". */
  readonly name: string;
  readonly instance: string;
  readonly container: number;
  /** Port on 127.0.0.1 in the default stack; other stacks add their offset. */
  readonly host: number;
  /** URL for `env`: placeholders {user} {password} {host} {port}. */
  readonly url?: { readonly variable: string; readonly credential: string; readonly template: string };
}

export interface CredentialSpec {
  /** "admin", "app", "bench". */
  readonly name: string;
  readonly user: string;
}

/** A generated credential, with the derived forms that servers store instead of the password. */
export interface Credential {
  readonly user: string;
  readonly password: string;
  /** PostgreSQL's and PgBouncer's stored form: SCRAM-SHA-256$4096:salt$StoredKey:ServerKey. */
  readonly scramSha256: string;
  /** Lower-case hex of SHA-256, as in Redis ACL files. */
  readonly sha256: string;
  /** Base64 of salt + SHA-256(salt + password), RabbitMQ's rabbit_password_hashing_sha256. */
  readonly saltedSha256: string;
}

/** Credentials by "<service>.<name>". Throws where there is none: asking for one that no service declares is a defect. */
export type Credentials = (service: string, name: string) => Credential;

export interface ContainerInput {
  readonly instance: string;
  readonly share: Share;
  readonly settings: readonly Setting[];
  readonly workload: Workload;
  readonly credentials: Credentials;
  /** Host port of a port of this service: what a client on the host will use. */
  readonly hostPort: (instance: string, port: string) => number;
}

/** Where the conf folder of an instance is mounted, in every image. */
export const CONF_MOUNT = "/etc/plumbline";

/** Where secret files are mounted: one file a credential, named "<service>.<name>", holding the password. */
export const SECRETS_MOUNT = "/run/secrets";

/** A generated text, or a static file of bytes such as a dashboard or a certificate. */
export type ConfFile = {
  /** Relative to the instance's conf folder. */
  readonly path: string;
  /** No setting is in it: a change of its contents makes a new container. Files without this hold the tunables. */
  readonly identity?: true;
} & ({ readonly text: string; readonly bytes?: never } | { readonly bytes: Uint8Array; readonly text?: never });

/** What compose.yaml says of one container, apart from what every container has (limits, labels, conf mount). */
export interface ContainerSpec {
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  /** Identity only, never tunables and never credentials. */
  readonly environment: Readonly<Record<string, string>>;
  /** Named volumes by mount point: { "/var/lib/postgresql": "data" } becomes the volume "<instance>-data". */
  readonly volumes: Readonly<Record<string, string>>;
  /** Credentials mounted below `SECRETS_MOUNT`, as "<service>.<name>". */
  readonly secrets: readonly string[];
  /** For servers that do not start as root, and so cannot read `secrets`. Their change makes a new container. */
  readonly secretFiles?: readonly SecretFile[];
  /** What it sees of its machine. */
  readonly mounts?: readonly MachineMount[];
  /** ["data"] where absent. */
  readonly networks?: readonly Network[];
  /** Capabilities beyond Docker's default ones: ["SYS_PTRACE"]. */
  readonly capabilities?: readonly string[];
  /** Names or numbers of further groups of its processes. */
  readonly groups?: readonly string[];
  /** Open files that it needs where that is more than every container gets. */
  readonly openFiles?: number;
  /** Nothing but volumes and `tmpfs` can be written. */
  readonly readOnlyRoot?: true;
  /** It sees the processes of the machine. */
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
  /** Port on 127.0.0.1 where a command of `exec` finds the server, where that is not the server's own in its container. */
  readonly inside?: (name: string) => number;
  /** Address inside the stack's network. */
  readonly address: string;
  readonly credentials: Credentials;
  /** Runs a command inside the container; stdin carries what argv must not. Rejects when it exits non-zero. */
  readonly exec: (argv: readonly string[], options?: ExecOptions) => Promise<ExecResult>;
}

export interface ExecOptions {
  readonly stdin?: string;
  readonly user?: string;
  readonly timeoutMs?: number;
  /**
   * Given, stdin stays open until the command ends or the signal fires, which rejects with its reason. No engine ends a
   * command when its caller goes away, killed or not; one that reads its stdin to the end notices, and ends itself.
   */
  readonly signal?: AbortSignal;
}

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The half of a service that talks to running servers. Every call has its own deadline. */
export interface LiveService {
  /** Opens a client to one instance. Rejects while the server does not answer: the caller retries. */
  connect(target: Target): Promise<Connection>;
  /**
   * One-time steps over all instances: roles, databases, vhosts, cluster slots. Idempotent: looks first and answers
   * what it did, in words ("created role app"); nothing to do answers [].
   */
  prepare(targets: readonly Target[]): Promise<readonly string[]>;
  /**
   * What `prepare` would do now, in words ("create role app"); changes nothing. Empty: nothing is missing. Where it is absent,
   * `prepare` has nothing to do on a server that was prepared once.
   */
  lacks?(targets: readonly Target[]): Promise<readonly string[]>;
  /** Rejects with the reason until the service works as a whole (the table "ready means" of the catalogue). */
  ready(targets: readonly Target[]): Promise<void>;
  bench(targets: readonly Target[]): Bench;
  /**
   * Makes clients wait from now on, and answers once nothing of theirs runs any more in the services below. Rejects,
   * with clients served as before, when that takes longer than `deadlineMs`. There where `holdsClients` says so.
   */
  hold?(targets: readonly Target[], deadlineMs: number): Promise<Hold>;
}

/** Clients that wait. Whoever holds them must release them, whatever happened. */
export interface Hold {
  release(): Promise<void>;
}

/** A client of one running instance. */
export interface Connection {
  /** The server's own version string. */
  version(): Promise<string>;
  /** Effective values by setting name, in the units of `tune()`. A setting that the server does not know is absent. */
  read(names: readonly string[]): Promise<ReadonlyMap<string, EffectiveValue>>;
  /**
   * Makes settings effective without a restart; their conf files are already rewritten. Rejects, with nothing
   * changed, when a value cannot be taken now (Redis maxmemory below what is used).
   */
  apply(settings: readonly { readonly name: string; readonly value: SettingValue }[]): Promise<void>;
  close(): Promise<void>;
}
