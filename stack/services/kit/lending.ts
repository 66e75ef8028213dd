/** Clients shared within a session, because a login costs the server and this process more than most requests. */
import type { Session } from "../../core/service/session.ts";

export interface Lent<Client> {
  readonly client: Client;
  /** Closes the client unless it is shared. */
  readonly giveBack: () => Promise<void>;
}

export interface Lender<Client> {
  /**
   * Resolves the session's client for this login; without a session, opens one for the borrower alone. Rejects as
   * `open`.
   */
  borrow(session: Session | undefined, login: string, open: () => Promise<Client>): Promise<Lent<Client>>;
}

/** Makes a lender; called once per kind of client. `close` must not reject. */
export function lending<Client>(close: (client: Client) => Promise<void>): Lender<Client> {
  const sessions = new WeakMap<Session, Map<string, Promise<Client>>>();
  const shared = (session: Session, login: string, open: () => Promise<Client>): Promise<Client> => {
    const clients = sessions.get(session) ?? new Map<string, Promise<Client>>();
    sessions.set(session, clients);
    const client = clients.get(login) ?? open();
    if (!clients.has(login)) {
      clients.set(login, client);
      session.atEnd(() => client.then(close, () => undefined));
    }
    return client;
  };
  return {
    borrow: async (session, login, open) => {
      if (session !== undefined) {
        return { client: await shared(session, login, open), giveBack: async () => undefined };
      }
      const client = await open();
      return { client, giveBack: () => close(client) };
    },
  };
}

/** Borrows a client for one piece of work. */
export async function withLent<Client, T>(
  lent: Promise<Lent<Client>>,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const { client, giveBack } = await lent;
  try {
    return await work(client);
  } finally {
    await giveBack();
  }
}
