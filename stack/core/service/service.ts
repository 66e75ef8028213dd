/** What a service is: everything Plumbline must know about it, declared by one folder in `stack/services/`. */
import type { z } from "zod";
import type { LoadToolFormat } from "./load-tool-format.ts";
import type { Credential, Credentials, CredentialSpec } from "./credential.ts";
import type { EffectiveValue, MachineFacts, SettingValue } from "../machine/facts.ts";
import type { MachineMount, Network, SecretFile } from "./container.ts";
import type { ImageSpec } from "./image.ts";
import type { Bench } from "./scenario.ts";
import type { Session } from "./session.ts";
import type { Setting, SettingUnit } from "./setting.ts";
import type { Bytes } from "../units.ts";
import type { Grant, Granted, Neighbours, Want } from "./want.ts";
import type { Workload } from "./workload.ts";

/** A service as the registry lists it: its name and how to read its options. */
export interface Service {
  readonly name: string;
  readonly title: string;
  /** The options a profile may give under `services.<name>`; every one has a default. */
  readonly options: z.ZodType;
  /** Load tools that come with it. */
  readonly tools?: readonly LoadToolFormat[];
  /** Parses the options and returns the configured service. Throws a ZodError on wrong options. */
  configure(options: unknown): ConfiguredService;
}

/** A service with its options applied. All functions but those of `live` are pure. */
export interface ConfiguredService {
  readonly name: string;
  /** The parsed options, with their defaults: what services that want something of this one see. */
  readonly options: Readonly<Record<string, unknown>>;
  /** What it needs of its neighbours. */
  readonly wants: readonly Want[];
  /** Services that it cannot do without: those of which it wants something that is not optional. */
  readonly requires: readonly string[];
  /** What others may want of it. */
  readonly grants: readonly Grant[];
  /** What others may collect without knowing whose it is; a function where that depends on its neighbours. */
  readonly offers: Offers | ((neighbours: Neighbours) => Offers);
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

/** By kind. A collector finds them with `offersOf`. */
export interface Offers {
  readonly metrics?: readonly MetricsEndpoint[];
}

/** An HTTP endpoint inside the stack's network that answers in Prometheus' text format. */
export interface MetricsEndpoint {
  readonly instance: string;
  /** Port inside the container. */
  readonly port: number;
  /** "/metrics", with a query where there is one: "/scrape?target=a:1". */
  readonly path: string;
  /** The offering service's credential for HTTP basic authentication; absent: anybody may ask. */
  readonly credential?: string;
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
  /**
   * URL for `env`: placeholders {user} {password} {host} {port}, and {<neighbour>.<option>}. The credential is one of its
   * own, or "<neighbour>.<name>".
   */
  readonly url?: { readonly variable: string; readonly credential: string; readonly template: string };
}

export interface ContainerInput {
  readonly instance: string;
  readonly share: Share;
  readonly settings: readonly Setting[];
  readonly workload: Workload;
  /** Its own, and those that neighbours share with it. */
  readonly credentials: Credentials;
  readonly neighbours: Neighbours;
  /** What the services of this stack want of this one. */
  readonly grants: readonly Granted[];
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
  /**
   * A change makes a new container: of the whole contents, or of the part of it that is given here. Files without this
   * hold the tunables.
   */
  readonly identity?: true | string;
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
  /** Its own, and those that neighbours share with it. */
  readonly credentials: Credentials;
  readonly neighbours: Neighbours;
  /** Clients of one login may be shared until it ends; where it is absent, each question has its own. */
  readonly session?: Session;
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
   * One-time steps over all instances: roles, databases, vhosts, cluster slots, and what `grants` names. Idempotent: looks
   * first, then does what `lacks` would name, and returns it in words ("created role app"); [] where nothing was missing.
   */
  prepare(targets: readonly Target[], input: PrepareInput): Promise<readonly string[]>;
  /** What `prepare` would do now, in words ("create role app"); changes nothing. Rejects as `prepare` does. */
  lacks(targets: readonly Target[], input: LacksInput): Promise<readonly string[]>;
  /** Rejects with the reason until the service works as a whole (the table "ready means" of the catalogue). */
  ready(targets: readonly Target[]): Promise<void>;
  /** Absent if nothing of the service is measured. */
  bench?(targets: readonly Target[]): Bench;
  /**
   * Drains clients: resolves when no query of theirs is running in the services behind it, and makes them wait from then
   * on. Rejects, with clients served as before, when that takes longer than `deadlineMs`. Given where `holdsClients` is.
   */
  hold?(targets: readonly Target[], deadlineMs: number): Promise<Hold>;
}

export interface LacksInput {
  /** What the services of this stack want of this one. */
  readonly grants: readonly Granted[];
  /** A credential of this service that was issued and kept; undefined before. */
  readonly issued: (name: string) => Credential | undefined;
}

export interface PrepareInput extends LacksInput {
  /**
   * Stores what the server issued, before it is used: a kill at any time then loses nothing. `of` is the name of one of
   * this service's own issued credentials, or the grant whose grantee has an issued one.
   */
  readonly keep: (of: string | Granted, secret: string) => Promise<Credential>;
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
