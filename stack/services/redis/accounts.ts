/** Redis accounts granted to other services. Pure. */
import { z } from "zod";
import type { Credential } from "../../core/service/credential.ts";
import type { Grant } from "../../core/service/want.ts";

/** An account that reads the state of every node, but neither reads nor writes keys. */
export const MONITOR = { name: "monitor", parameters: z.strictObject({}), account: true } as const satisfies Grant;

/** Read-only introspection: what redis_exporter uses without reading keys, and what clients send when they connect. */
const COMMANDS: readonly string[] = ["ping", "hello", "info", "dbsize", "lastsave", "role", "command"].concat(
  ["config|get", "slowlog|get", "slowlog|len", "latency|latest", "latency|history", "latency|histogram"],
  ["memory|stats", "memory|doctor", "module|list", "client|list", "client|info", "client|id"],
  ["client|getname", "client|setname", "client|setinfo"],
  ["info", "nodes", "slots", "shards", "myid"].map((name) => `cluster|${name}`),
);

/**
 * Returns the rules of an account in the order in which Redis applies them, for ACL files and ACL SETUSER. They replace
 * all older rules.
 */
export function monitorRules({ sha256 }: Pick<Credential, "sha256">): readonly string[] {
  const allowed = COMMANDS.map((command) => `+${command}`);
  return ["reset", "on", `#${sha256}`, "-@all", ...allowed];
}
