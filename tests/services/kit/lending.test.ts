import { expect, test } from "vitest";
import { withSession } from "../../../stack/converge/session.ts";
import { lending, withLent } from "../../../stack/services/kit/lending.ts";

/** A server that knows who is logged in. */
class Server {
  readonly connected = new Set<string>();
  logins = 0;
  refuses = false;

  readonly lender = lending<string>(async (client) => {
    this.connected.delete(client);
  });

  readonly open = async (): Promise<string> => {
    this.logins += 1;
    if (this.refuses) throw new Error("password authentication failed");
    const client = `client ${this.logins}`;
    this.connected.add(client);
    return client;
  };
}

test("questions of a session that log in the same way must share a client, which stays until the session ends", async () => {
  const server = new Server();
  const clients = await withSession(async (session) => {
    const ask = (login: string) =>
      withLent(server.lender.borrow(session, login, server.open), async (client) => client);
    const asked = await Promise.all([ask("admin"), ask("admin"), ask("app"), ask("admin")]);
    expect([...server.connected]).toEqual(["client 1", "client 2"]);
    return asked;
  });
  expect(clients).toEqual(["client 1", "client 1", "client 2", "client 1"]);
  expect([...server.connected]).toEqual([]);
});

test("without a session each question must have a client of its own, and close it also when it fails", async () => {
  const server = new Server();
  const ask = (question: () => Promise<void>) =>
    withLent(server.lender.borrow(undefined, "admin", server.open), question);
  await ask(async () => expect(server.connected.size).toBe(1));
  await expect(ask(() => Promise.reject(new Error("no such table")))).rejects.toThrow("no such table");
  expect([server.logins, server.connected.size]).toEqual([2, 0]);
});

test("a login that is refused must be refused once, to all that ask for it, and leave nothing to close", async () => {
  const server = new Server();
  server.refuses = true;
  await withSession(async (session) => {
    const ask = () => server.lender.borrow(session, "admin", server.open);
    await expect(Promise.all([ask(), ask()])).rejects.toThrow("password authentication failed");
    await expect(ask()).rejects.toThrow("password authentication failed");
  });
  expect(server.logins).toBe(1);
});

test("a session that fails must close what was opened in it", async () => {
  const server = new Server();
  const failing = withSession(async (session) => {
    await server.lender.borrow(session, "admin", server.open);
    throw new Error("the engine went away");
  });
  await expect(failing).rejects.toThrow("the engine went away");
  expect(server.connected.size).toBe(0);
});

test("a later session must open clients of its own", async () => {
  const server = new Server();
  const observe = () => withSession((session) => server.lender.borrow(session, "admin", server.open));
  expect([(await observe()).client, (await observe()).client]).toEqual(["client 1", "client 2"]);
});
