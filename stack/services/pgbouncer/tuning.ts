/** PgBouncer's settings. Pure. */
import { PlumblineError } from "../../core/errors.ts";
import type { SettingValue } from "../../core/machine/facts.ts";
import type { Needs, NeedsInput, TuneInput } from "../../core/service/service.ts";
import type { Because, Setting, SettingUnit } from "../../core/service/setting.ts";
import { bytes, formatBytes, KIB, mib, type Bytes } from "../../core/units.ts";
import { POOLS, poolSize, type Workload } from "../../core/service/workload.ts";
import {
  maxConnections,
  pooledBackends,
  PREPARED_STATEMENTS,
  RESERVED_CONNECTIONS,
  reservePoolSize,
} from "../kit/postgresql/connections.ts";

/** The process without clients: 7 MiB measured on 1.24, and the page cache of its program files. */
const PROCESS = mib(12);

/**
 * Worst case of one client: its socket's record, the packet buffers of both ends (pkt_buf 4 KiB), the names of its
 * prepared statements (`max_prepared_statements` of about 50 bytes), and the kernel's socket buffers, which count
 * towards the limit too.
 */
export const CLIENT = bytes(32 * KIB);

/** Text of a backend's prepared statement, as PgBouncer stores it. */
const STATEMENT = bytes(2 * KIB);

/** PgBouncer's default, and its unit. */
const QUERY_WAIT_S = 120;

/** As for every service: the worst case leaves a tenth of the limit free. */
export const SAFE_FRACTION = 0.9;

/** The share that is known to work on 8 GiB, with a hundred clients. */
const USUAL = mib(64);

/** Weight in the budget, in MiB: 64 in the known split, less its floor of 32. */
const WEIGHT = 32;

const GRAIN = mib(16);

const MANUAL = "PgBouncer 1.24 manual, pgbouncer.ini";
const WIKI = 'PostgreSQL wiki, "Number Of Database Connections"';

/** Returns how many clients may be connected at once. */
export function maxClients({ clients }: Workload): number {
  return Math.ceil(1.5 * clients);
}

/** Returns the sum of all consumers in the worst case. */
export function worstCase({ machine, workload }: NeedsInput): Bytes {
  const backends = pooledBackends(machine.cpus);
  return memoryOf({ clients: maxClients(workload), backends, statements: PREPARED_STATEMENTS });
}

export interface Connected {
  readonly clients: number;
  readonly backends: number;
  /** Prepared statements of each backend. */
  readonly statements: number;
  /** Bytes of one connection, of a client or a backend. */
  readonly connection?: number;
}

/** Returns the memory with all of them connected. */
export function memoryOf({ clients, backends, statements, connection = CLIENT }: Connected): Bytes {
  return bytes(PROCESS + clients * connection + backends * (connection + statements * STATEMENT));
}

/** Returns what PgBouncer needs of the machine. It has one thread, so a second cpu would be idle. */
export function needs(input: NeedsInput): Needs {
  const floor = bytes(Math.ceil(worstCase(input) / SAFE_FRACTION / GRAIN) * GRAIN);
  return { floor, ideal: bytes(Math.max(floor, USUAL)), weight: WEIGHT, cpus: 1 };
}

/**
 * Returns all settings for one share. Throws BUDGET_IMPOSSIBLE below the floor of `needs`, and if the pools could use
 * more backends than PostgreSQL has left.
 */
export function tune(input: TuneInput): readonly Setting[] {
  const { machine, workload, share } = input;
  const size = poolSize(machine.cpus);
  const free = maxConnections(machine.cpus, workload) - RESERVED_CONNECTIONS;
  const worst = worstCase(input);
  if (worst > SAFE_FRACTION * share.memory) throw tooSmall(share.memory, input);
  const reserve = reservePoolSize(machine.cpus);
  const backends = pooledBackends(machine.cpus);
  if (backends > free) throw tooMany(backends, free);
  const pool = because("2 · cpus + 1", { cpus: String(machine.cpus) }, WIKI);
  return [
    setting("pool_mode", "transaction", "text", because("transaction", {}, `${MANUAL}: a backend serves many clients`)),
    setting("default_pool_size", size, "count", pool),
    setting(
      "reserve_pool_size",
      reserve,
      "count",
      because(
        "⌈cpus / 2⌉",
        { cpus: String(machine.cpus) },
        `${MANUAL}: for clients that waited 5 s, as when others hold their backends in long transactions`,
      ),
    ),
    setting(
      "max_db_connections",
      size + reserve,
      "count",
      because(
        "default_pool_size + reserve_pool_size; over all databases at most max_connections of PostgreSQL − those reserved",
        { databases: String(POOLS), "PostgreSQL has left": String(free) },
        `${MANUAL}: one database's pools of several users together`,
      ),
    ),
    setting(
      "max_client_conn",
      maxClients(workload),
      "count",
      because(
        "1.5 · clients",
        { clients: String(workload.clients) },
        "a restarting application connects before it left",
      ),
    ),
    setting(
      "max_prepared_statements",
      PREPARED_STATEMENTS,
      "count",
      because("200", {}, `${MANUAL}: drivers prepare statements, which transaction pooling must carry over`),
    ),
    setting(
      "query_wait_timeout",
      QUERY_WAIT_S,
      "s",
      manual("120 s", "a client that waits longer gets an error; longer than a restart of PostgreSQL behind the pool"),
    ),
    ...recovery(),
  ];
}

/** By default PgBouncer remembers failures for 15 s, which would delay the start of a whole stack for no reason. */
function recovery(): readonly Setting[] {
  return [
    setting("server_login_retry", 0.2, "s", manual("0.2 s", "wait after a backend that refused; 15 s is the default")),
    setting("dns_nxdomain_ttl", 0.2, "s", manual("0.2 s", "how long a missing name is believed; 15 s is the default")),
    setting("dns_max_ttl", 5, "s", manual("5 s", "a recreated container has another address; 15 s is the default")),
  ];
}

/** Returns a value as spelled in pgbouncer.ini and tuning.env. */
export function spell(value: SettingValue): string {
  return typeof value === "boolean" ? String(Number(value)) : String(value);
}

function setting(name: string, value: string | number, unit: SettingUnit, because: Because): Setting {
  return { name, value, unit, takes: "live", because, variable: `PGBOUNCER_${name.toUpperCase()}` };
}

function manual(formula: string, what: string): Because {
  return because(formula, {}, `${MANUAL}: ${what}`);
}

function because(formula: string, inputs: Readonly<Record<string, string>>, source: string): Because {
  return { formula, inputs, source };
}

function tooSmall(memory: Bytes, input: NeedsInput): PlumblineError {
  const { floor } = needs(input);
  return new PlumblineError("BUDGET_IMPOSSIBLE", {
    what: `PgBouncer cannot hold ${maxClients(input.workload)} clients in ${formatBytes(memory)}`,
    why: `they may take ${formatBytes(worstCase(input))}`,
    fix: `Give it ${formatBytes(floor)}, or lower workload.clients in the profile`,
    details: { memory, floor },
  });
}

function tooMany(backends: number, free: number): PlumblineError {
  return new PlumblineError("BUDGET_IMPOSSIBLE", {
    what: `The pools may take ${backends} backends and PostgreSQL has ${free}`,
    why: "max_connections less those reserved for the superuser is smaller than all pools together",
    fix: "Raise workload.connections in the profile",
    details: { backends, free },
  });
}
