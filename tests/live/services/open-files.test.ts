/** The limit of open files inside the containers of a stack whose workload has a thousand clients. */
import { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { DesiredService } from "../../../stack/core/desire/desire.ts";
import { requireEngine } from "../../../stack/commands/request/discovery.ts";
import { observeWanted } from "../../../stack/commands/request/observed-stack.ts";
import { readWanted } from "../../../stack/commands/request/request.ts";
import { passwordOf, sql } from "../../support/live/clients.ts";
import { execIn } from "../../support/live/docker.ts";
import { describeStack, makeStack, type Stack } from "../../support/live/stack.ts";

const CLIENTS = 1000;

const WITH_MANY_CLIENTS = `
description: every server, for a thousand clients
machine: { cpus: 2, memory: 4 GiB, disk: 10 GiB }
services:
  postgres: true
  pgbouncer: true
  mysql: true
  redis: { nodes: 1 }
  rabbitmq: true
workload: { clients: ${CLIENTS} }
verification: { budget: 5 s }
`;

/** What each server opens one file for, at least: the setting that bounds its clients. */
const CLIENTS_OF: Readonly<Record<string, string>> = {
  postgres: "max_connections",
  pgbouncer: "max_client_conn",
  mysql: "max_connections",
  redis: "maxclients",
};
/** Data files, logs, libraries and connections to servers behind. */
const OTHER_FILES = 64;

const POOL_PORT = 6432;
/** Logins take the client's cpu, and each has a deadline. */
const AT_ONCE = 20;
const CONNECT_DEADLINE_MS = 30_000;
const DEADLINE_MS = 240_000;

await describeStack("a workload of a thousand clients", () => {
  let stack: Stack;
  let services: readonly DesiredService[];

  beforeAll(async () => {
    stack = await makeStack(WITH_MANY_CLIENTS);
    const { complete } = await stack.up();
    expect(complete).toBe(true);
    const wanted = await readWanted({ stack: stack.name, profile: stack.profile });
    const observed = await observeWanted(wanted, await requireEngine(wanted), { withoutImage: "wanted" });
    services = observed.desired.services;
  }, DEADLINE_MS);
  afterAll(() => stack.close());

  test("every server must have the limit of open files that its container asks for, and more than its clients", async () => {
    expect(services.map(({ name }) => name)).toEqual(["postgres", "pgbouncer", "mysql", "redis", "rabbitmq"]);
    for (const { name, instances, settings } of services) {
      const clients = Number(settings.find((setting) => setting.name === CLIENTS_OF[name])?.value ?? 0);
      if (CLIENTS_OF[name] !== undefined) expect(clients, name).toBeGreaterThan(0);
      for (const instance of instances) {
        const { openFiles } = instance.confinement;
        expect(await limitInside(instance.name), instance.name).toEqual({ soft: openFiles, hard: openFiles });
        expect(openFiles, instance.name).toBeGreaterThan(clients + OTHER_FILES);
      }
    }
    const pool = services.find(({ name }) => name === "pgbouncer");
    const most = pool?.settings.find(({ name }) => name === "max_client_conn")?.value;
    expect(Number(most)).toBeGreaterThan(CLIENTS);
  });

  test(
    "PgBouncer must hold all of them at once, and serve each",
    async () => {
      const password = await passwordOf(stack, "postgres.app");
      const clients: Client[] = [];
      const connect = async (): Promise<void> => {
        const client = new Client({
          host: "127.0.0.1",
          port: POOL_PORT + stack.offset,
          user: "app",
          database: "app",
          password,
          connectionTimeoutMillis: CONNECT_DEADLINE_MS,
          query_timeout: CONNECT_DEADLINE_MS,
        });
        client.on("error", () => undefined);
        clients.push(client);
        await client.connect();
      };
      try {
        await inTurns(Array.from({ length: CLIENTS }), connect);
        expect(await heldClients()).toBeGreaterThanOrEqual(CLIENTS);
        const answers: unknown[] = [];
        await inTurns(clients, async (client) => {
          const { rows }: { readonly rows: readonly unknown[] } = await client.query("select 1 as one");
          answers.push(...rows);
        });
        expect(answers).toEqual(Array.from({ length: CLIENTS }, () => ({ one: 1 })));
        expect(await heldClients()).toBeGreaterThanOrEqual(CLIENTS);
      } finally {
        await Promise.allSettled(clients.map((client) => client.end()));
      }
    },
    DEADLINE_MS,
  );

  /** Of the first process, from which all others of the container have it. */
  async function limitInside(instance: string): Promise<{ readonly soft: number; readonly hard: number }> {
    const { stdout } = await execIn(stack.container(instance), ["cat", "/proc/1/limits"]);
    const [, soft, hard] = /^Max open files\s+(\d+)\s+(\d+)\s+files/m.exec(stdout) ?? expect.fail(stdout);
    return { soft: Number(soft), hard: Number(hard) };
  }

  /** As the pool itself counts them. */
  async function heldClients(): Promise<number> {
    const console = { port: POOL_PORT, user: "pgbouncer", database: "pgbouncer", credential: "pgbouncer.admin" };
    const rows = await sql(stack, "show lists", console);
    return Number(rows.find(({ list }) => list === "used_clients")?.["items"] ?? 0);
  }
});

async function inTurns<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  for (let at = 0; at < items.length; at += AT_ONCE) await Promise.all(items.slice(at, at + AT_ONCE).map(work));
}
