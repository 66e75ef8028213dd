/** Connections to PostgreSQL and to servers that speak its protocol, with deadlines and checked rows. */
import { Client } from "pg";
import { z } from "zod";
import type { Target } from "../../../core/service/service.ts";
import { lending, withLent, type Lent } from "../lending.ts";

export const CONNECT_DEADLINE_MS = 5_000;
export const QUERY_DEADLINE_MS = 15_000;

export interface Login {
  readonly target: Target;
  readonly database: string;
  /** The parts of "<service>.<name>". */
  readonly credential: readonly [service: string, name: string];
  readonly queryDeadlineMs?: number;
}

/** Opens a connection over TCP. Rejects with the server's reason, or after `CONNECT_DEADLINE_MS`. */
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
  // A stopping server breaks idle connections; the next query reports it.
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

/** Resolves the connection for this login that the target's session shares. Rejects as `connect`. */
export function borrow(login: Login): Promise<Lent<Client>> {
  const { target, database, credential } = login;
  return lender.borrow(target.session, [target.instance, database, ...credential].join(" "), () => connect(login));
}

/** Runs a request on the session's connection. */
export function ask<T>(login: Login, question: (client: Client) => Promise<T>): Promise<T> {
  return withLent(borrow(login), question);
}

/** Runs `work` on its own connection. */
export async function withClient<T>(login: Login, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await connect(login);
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The end of each client's last query made by `rows`. */
const idle = new WeakMap<Client, Promise<unknown>>();

/** Resolves the rows of a query, each validated by `row`. Queries of one client run in turn: pg 9 accepts one at a time. */
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
