/** What a container may use of its machine, networks and secrets: the parts of a `ContainerSpec`. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";

/**
 * The networks of a stack. `data`: servers and their clients. `secrets`: clients of the secret store. `app`: what
 * applications offer each other. `observability`: services with metrics and logs, and their collectors.
 */
export const NETWORKS = ["data", "secrets", "app", "observability"] as const;
export type Network = (typeof NETWORKS)[number];

/** Returns whether a key of the networks in compose.yaml is one of Plumbline's. */
export function isNetwork(key: string): key is Network {
  return NETWORKS.some((network) => network === key);
}

/** What a container sees of its machine, always mounted read-only. */
export type MachineMount =
  | { readonly kind: "host"; readonly source: "/proc" | "/sys" | "/"; readonly target: string }
  /** The engine's socket. Whoever can write to it controls the machine. The runtime knows its path. */
  | { readonly kind: "engine-socket"; readonly target: string };

/**
 * A file that contains a secret, mounted below `SECRETS_MOUNT`, readable by the user that the image's server runs as.
 */
export interface SecretFile {
  /** Path relative to `SECRETS_MOUNT`: "my.cnf". */
  readonly path: string;
  readonly text: string;
}

/** Path of the engine's socket if the machine was not asked: Docker's default, also on Colima's machine. */
export const ENGINE_SOCKET = "/var/run/docker.sock";

/**
 * Open files that every container may have. Engines of 2025 allow 1,024, fewer than a server with a thousand clients
 * needs; older ones allow a million, for which some programs reserve memory.
 */
export const OPEN_FILES = 65_536;

/**
 * Returns the limit of open files: the default or more if the container asks for more, capped at the engine's maximum.
 */
export function openFilesOf(
  { openFiles = 0 }: { readonly openFiles?: number },
  limit = Number.POSITIVE_INFINITY,
): number {
  return Math.min(Math.max(OPEN_FILES, openFiles), limit);
}

/**
 * Processes and threads that every container may have; the kernel counts both alike. A program that starts them without
 * end meets this limit, not the machine's (32,768 by default), which would stop every other program too.
 */
const PROCESSES = 1024;

/**
 * Returns the limit of processes and threads: the default, or more if the container asks for more. Rounded up to a power
 * of two, so that few changes of a profile take a new container. 0, which is no limit, if the engine keeps none.
 */
export function processesOf({ processes = 0 }: { readonly processes?: number }, limitsProcesses = true): number {
  return limitsProcesses ? Math.max(PROCESSES, 2 ** Math.ceil(Math.log2(processes))) : 0;
}

/** Every port is published on this address of the machine's host, and on no other. */
export const PUBLISHED_ADDRESS = "127.0.0.1";

/** Returns the networks of a container; other containers expect it on the first one. */
export function networksOf({ networks }: { readonly networks?: readonly Network[] }): readonly Network[] {
  return networks === undefined || networks.length === 0 ? ["data"] : networks;
}

/**
 * Returns the SHA-256 as lower-case hex. Safe for secret files too: their content comes from 192 random bits, which
 * cannot be guessed, and only a hash of this hash and others is ever written down.
 */
export function digestOf(content: string | Uint8Array): string {
  return bytesToHex(sha256(typeof content === "string" ? utf8ToBytes(content) : content));
}
