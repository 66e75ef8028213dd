/** Connections to a MySQL server, with validated rows. */
import { createConnection, type Connection, type QueryOptions } from "mysql2/promise";
import { z } from "zod";
import type { Credential } from "../../core/service/credential.ts";
import type { Target } from "../../core/service/service.ts";
import { lending, type Lent } from "../kit/lending.ts";

const CONNECT_DEADLINE_MS = 5_000;
/**
 * All statements of Plumbline are short, except those that create the benchmarks' data, which have their own deadline.
 */
const QUERY_DEADLINE_MS = 15_000;

type ClientCredential = "admin" | "app" | "bench";

/** A client with one connection. */
export interface Client {
  /** Resolves the rows of a statement; `?` stands for an escaped value. */
  rows<Row extends z.ZodType>(row: Row, sql: string, values?: readonly Value[]): Promise<readonly z.output<Row>[]>;
  /** Runs a statement whose rows are not needed. */
  run(sql: string, values?: readonly Value[], timeoutMs?: number): Promise<void>;
  /** Runs a prepared statement in the binary protocol; resolves the number of rows read or changed. */
  execute(sql: string, values: readonly (string | number)[]): Promise<number>;
  /** The protocol's own ping: the server answers without reading any data. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

type Value = string | number | readonly string[] | readonly (readonly (string | number)[])[];

/**
 * Connects over TCP, without TLS: the port is bound to the loopback interface, the server's self-signed certificate
 * proves nothing to a client, and the cost of TLS would be part of every measured operation. The password is not sent
 * in plain text: caching_sha2_password encrypts it with the server's RSA key, or uses a challenge.
 */
export async function openClient(target: Target, credential: ClientCredential, database?: string): Promise<Client> {
  return openAs(target, target.credentials("mysql", credential), database);
}

/** Connects with any credential, such as another service's with a granted account. */
export async function openAs(target: Target, { user, password }: Credential, database?: string): Promise<Client> {
  const connection = await createConnection({
    host: target.host,
    port: target.port("sql"),
    user,
    password,
    connectTimeout: CONNECT_DEADLINE_MS,
    ...(database !== undefined && { database }),
  });
  return clientOf(connection);
}

const lender = lending<Client>((client) => client.close());

/** Resolves the client for this login that the target's session shares. Rejects as `openAs`. */
export function borrow(target: Target, credential: Credential, database?: string): Promise<Lent<Client>> {
  const login = [target.instance, credential.user, database ?? ""].join(" ");
  return lender.borrow(target.session, login, () => openAs(target, credential, database));
}

/** Like `borrow`, for root. */
export function borrowAdmin(target: Target): Promise<Lent<Client>> {
  return borrow(target, target.credentials("mysql", "admin"));
}

/** Connects for one piece of work. */
export async function withClient<T>(
  target: Target,
  credential: ClientCredential,
  database: string | undefined,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = await openClient(target, credential, database);
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

/** Connects as root for one piece of work. */
export async function withAdmin<T>(target: Target, work: (client: Client) => Promise<T>): Promise<T> {
  return withClient(target, "admin", undefined, work);
}

/** Returns MySQL's name of an error ("ER_ACCESS_DENIED_ERROR"); undefined for anything else. */
export function mysqlCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

const CHANGED = z.object({ affectedRows: z.number() });

function clientOf(connection: Connection): Client {
  // A server that dies between two statements emits an event; the next statement rejects with the reason.
  connection.on("error", () => undefined);
  const query = async (sql: string, values: readonly Value[], timeout: number): Promise<unknown> => {
    const options: QueryOptions = { sql, timeout, values: [...values] };
    const [result] = await connection.query(options);
    return result;
  };
  return {
    rows: async (row, sql, values = []) => z.array(row).parse(await query(sql, values, QUERY_DEADLINE_MS)),
    run: async (sql, values = [], timeoutMs = QUERY_DEADLINE_MS) => {
      await query(sql, values, timeoutMs);
    },
    execute: async (sql, values) => {
      const [result] = await connection.execute(sql, [...values]);
      return Array.isArray(result) ? result.length : CHANGED.parse(result).affectedRows;
    },
    ping: () => connection.ping(),
    close: async () => {
      await connection.end().catch(() => connection.destroy());
    },
  };
}
