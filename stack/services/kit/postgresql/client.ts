/** Connections to PostgreSQL, and to what speaks its protocol, with deadlines and checked answers. */
import { Client } from "pg";
import { z } from "zod";
import type { Target } from "../../../core/service/service.ts";
import { lending, withLent, type Lent } from "../lending.ts";

export const CONNECT_DEADLINE_MS = 5_000;
export const QUERY_DEADLINE_MS = 15_000;

export interface Login {
  readonly target: Target;
  readonly database: string;
  /** "<service>.<name>" in two parts. */
  readonly credential: readonly [service: string, name: string];
  readonly queryDeadlineMs?: number;
}

/** Opens a connection over TCP. Rejects with the server's reason, or when `CONNECT_DEADLINE_MS` are over. */
export async function connect({ target, database, credential, queryDeadlineMs }: Login): Promise<Client> {
  const { user, password } = target.credentials(...credential);
  const client = new Client({
    host: target.host,
    port: target.port("sql"),
    database,
    user,
    password,
    application_name: "plumbline",
    connectionTimeoutMillis: CONNECT_DEADLINE_MS,
    query_timeout: queryDeadlineMs ?? QUERY_DEADLINE_MS,
  });
  // A server that goes away ends an idle connection; the next query on it says so.
  client.on("error", () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}

const lender = lending<Client>((client) => client.end().catch(() => undefined));

/** The connection of this login that the questions of the target's session share. Rejects as `connect`. */
export function borrow(login: Login): Promise<Lent<Client>> {
  const { target, database, credential } = login;
  return lender.borrow(target.session, [target.instance, database, ...credential].join(" "), () => connect(login));
}

/** Runs a question on it. */
export function ask<T>(login: Login, question: (client: Client) => Promise<T>): Promise<T> {
  return withLent(borrow(login), question);
}

/** Runs `work` on a connection of its own. */
export async function withClient<T>(login: Login, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await connect(login);
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** When the last query of each client that `rows` was asked for is over. */
const idle = new WeakMap<Client, Promise<unknown>>();

/** The rows of a query, each checked against `row`. Queries of one client wait for each other: pg 9 takes one at a time. */
export async function rows<Row extends z.ZodType>(
  client: Client,
  row: Row,
  text: string,
  values: readonly unknown[] = [],
): Promise<readonly z.output<Row>[]> {
  const send = () => (values.length > 0 ? client.query(text, [...values]) : client.query(text));
  const answer = (idle.get(client) ?? Promise.resolve()).then(send);
  idle.set(
    client,
    answer.catch(() => undefined),
  );
  return z.array(row).parse((await answer).rows);
}
