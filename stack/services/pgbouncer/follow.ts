/** Where the pool looks for its database, after the database's container came back at another address. */
import type { Client } from "pg";
import { z } from "zod";
import type { Target } from "../../core/service/service.ts";
import { rows } from "../kit/postgresql/client.ts";

const Host = z.object({ hostname: z.string(), addrs: z.string().nullable() });

/** The dot makes the name absolute: it is asked of Docker's name server, and never found in the hosts file. */
const LOOK_UP = 'getent hosts "$1." | { read -r address rest; printf %s "$address"; }';
/** The file is mounted and can only be written in place. */
const WRITE = 'kept=$(grep -v " $1\\$" /etc/hosts); printf "%s\\n%s %s\\n" "$kept" "$2" "$1" >/etc/hosts';

/**
 * The server's new address, where the pool has an old one. PgBouncer's resolver (c-ares 1.31 and newer) keeps an answer
 * for as long as Docker's name server says, ten minutes, whatever `dns_max_ttl` is and also across RELOAD; a pool whose
 * database moved is useless for that long.
 */
export async function movedUpstream(target: Target, console: Client, host: string): Promise<string | undefined> {
  const known = (await rows(console, Host, "show dns_hosts")).find(({ hostname }) => hostname === host);
  const before = known?.addrs?.replace(/:\d+$/, "");
  if (before === undefined || before === "") return undefined; // never looked up: it will be, and freshly
  const { stdout: now } = await target.exec(["sh", "-c", LOOK_UP, "sh", host]);
  return now === "" || now === before ? undefined : now;
}

/** Writes the address into the pool's hosts file, which comes before the resolver's cache. */
export async function follow(target: Target, host: string, address: string): Promise<void> {
  await target.exec(["sh", "-c", WRITE, "sh", host, address], { user: "root" });
}
