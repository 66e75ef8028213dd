/** What a container may have of its machine, its networks and its secrets: the parts of a `ContainerSpec`. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";

/**
 * The networks of a stack. `data`: servers and their clients. `secrets`: who may reach the store of secrets. `app`: what
 * applications offer each other. `observability`: who is looked at by metrics and logs, and who looks.
 */
export const NETWORKS = ["data", "secrets", "app", "observability"] as const;
export type Network = (typeof NETWORKS)[number];

/** What a container sees of its machine, always read-only. */
export type MachineMount =
  | { readonly kind: "host"; readonly source: "/proc" | "/sys" | "/"; readonly target: string }
  /** The socket of the engine: whoever can write to it owns the machine. The runtime knows where it is. */
  | { readonly kind: "engine-socket"; readonly target: string };

/** A file with a secret inside, readable by the user that the image's server runs as, mounted below `SECRETS_MOUNT`. */
export interface SecretFile {
  /** Relative to `SECRETS_MOUNT`: "my.cnf". */
  readonly path: string;
  readonly text: string;
}

/** Where the engine's socket is on a machine that nobody asked: Docker's own default, and that of Colima's machine. */
export const ENGINE_SOCKET = "/var/run/docker.sock";

/**
 * Open files that every container may have. Engines of 2025 give 1,024, fewer than a server with a thousand clients
 * needs; older ones give a million, for which some programs reserve memory.
 */
const OPEN_FILES = 65_536;

/** As many as every container has or more where it asks for more, and never more than its engine can give. */
export function openFilesOf(
  { openFiles = 0 }: { readonly openFiles?: number },
  limit = Number.POSITIVE_INFINITY,
): number {
  return Math.min(Math.max(OPEN_FILES, openFiles), limit);
}

/** The networks of a container; the first is the one on which others expect it. */
export function networksOf({ networks }: { readonly networks?: readonly Network[] }): readonly Network[] {
  return networks === undefined || networks.length === 0 ? ["data"] : networks;
}

/**
 * Lower-case hex of SHA-256. Also of secret files: what they hold was generated from 192 random bits, which nobody finds
 * by trying hashes, and only a hash of this one among others is ever written down.
 */
export function digestOf(content: string | Uint8Array): string {
  return bytesToHex(sha256(typeof content === "string" ? utf8ToBytes(content) : content));
}
