/** Corrects the address of the pool's database after the database's container got another address. */
import type { Client } from "pg";
import { z } from "zod";
import type { Target } from "../../core/service/service.ts";
import { rows } from "../kit/postgresql/client.ts";

const Host = z.object({ hostname: z.string(), addrs: z.string().nullable() });

/** The dot makes the name absolute: Docker's name server is asked, not the hosts file. */
const LOOK_UP = 'getent hosts "$1." | { read -r address rest; printf %s "$address"; }';
/** The file is a mount, so it can only be written in place. */
const WRITE = 'kept=$(grep -v " $1\\$" /etc/hosts); printf "%s\\n%s %s\\n" "$kept" "$2" "$1" >/etc/hosts';

/**
 * Resolves the server's new address, if the pool uses an old one. PgBouncer's resolver (c-ares 1.31 and newer) caches
 * an answer for the lifetime that Docker's name server gives, ten minutes, whatever `dns_max_ttl` says and also across
 * RELOAD. A pool whose database moved is useless for that long.
 */
export async function movedUpstream(target: Target, console: Client, host: string): Promise<string | undefined> {
  const known = (await rows(console, Host, "show dns_hosts")).find(({ hostname }) => hostname === host);
  const before = known?.addrs?.replace(/:\d+$/, "");
  if (before === undefined || before === "") return undefined; // the pool will resolve the new one
  const { stdout: now } = await target.exec(["sh", "-c", LOOK_UP, "sh", host]);
  return now === "" || now === before ? undefined : now;
}

/** Writes the address into the pool's hosts file, which takes precedence over the resolver's cache. */
export async function follow(target: Target, host: string, address: string): Promise<void> {
  await target.exec(["sh", "-c", WRITE, "sh", host, address], { user: "root" });
}
