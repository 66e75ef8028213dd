import { readFile } from "node:fs/promises";
import mysql from "mysql2/promise";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { parseBytes, parseDurationMs } from "../../../stack/core/units.ts";
import { passwordOf, redisCommand, sql } from "../../support/live/clients.ts";
import { execIn } from "../../support/live/docker.ts";
import { describeStack, makeStack, type Stack } from "../../support/live/stack.ts";

const EVERY_SERVICE = `
extends: dev
description: every service
`;

/** The server's own name of a variable, where it is not the variable's in small letters. */
const NAMES: Readonly<Record<string, string>> = {
  innodb_buffer_pool: "innodb_buffer_pool_size",
};

await describeStack("tuning.env", () => {
  let stack: Stack;
  let variables: readonly (readonly [string, string])[];
  beforeAll(async () => {
    stack = await makeStack(EVERY_SERVICE);
    await stack.up();
    const lines = (await readFile(stack.file("tuning.env"), "utf8")).split("\n");
    variables = lines.flatMap((line) => {
      const found = /^([A-Z0-9_]+)=(.*)$/.exec(line);
      return found ? [[found[1] ?? "", found[2] ?? ""] as const] : [];
    });
  });
  afterAll(() => stack.close());

  /** The variables of one service, by the server's own name. */
  const of = (service: string) =>
    variables
      .filter(([name]) => name.startsWith(`${service}_`))
      .map(([name, value]) => {
        const own = name.slice(service.length + 1).toLowerCase();
        return [NAMES[own] ?? own, value] as const;
      });
  /** Compares all at once, so that a difference names its variable. */
  const expectEqual = async (service: string, ask: (name: string) => Promise<unknown>) => {
    const wanted = of(service);
    expect(wanted.length).toBeGreaterThan(0);
    const got: (readonly [string, unknown])[] = [];
    for (const [name] of wanted) got.push([name, comparable(await ask(name))]);
    expect(got).toEqual(wanted.map(([name, value]) => [name, comparable(value)]));
  };

  test("has variables of every service and of nothing else", () => {
    const prefixes = new Set(variables.map(([name]) => name.split("_")[0]));
    expect(prefixes).toEqual(new Set(["POSTGRES", "PGBOUNCER", "MYSQL", "REDIS", "RABBITMQ"]));
  });

  test("is what PostgreSQL shows", async () => {
    await expectEqual("POSTGRES", async (name) => (await sql(stack, `show ${name}`))[0]?.[name]);
  });

  test("is what PgBouncer shows", async () => {
    const options = { port: 6432, user: "pgbouncer", database: "pgbouncer", credential: "pgbouncer.admin" };
    const config = await sql(stack, "show config", options);
    await expectEqual("PGBOUNCER", async (name) => config.find(({ key }) => key === name)?.["value"]);
  });

  test("is what MySQL shows", async () => {
    const connection = await mysql.createConnection({
      host: "127.0.0.1",
      port: 3306 + stack.offset,
      user: "root",
      password: await passwordOf(stack, "mysql.admin"),
    });
    try {
      await expectEqual("MYSQL", async (name) => {
        const [rows] = await connection.query("show global variables like ?", [name]);
        return z.tuple([z.object({ Value: z.string() })]).parse(rows)[0].Value;
      });
    } finally {
      await connection.end();
    }
  });

  test("is what every node of Redis answers", async () => {
    for (const node of [0, 1, 2]) {
      await expectEqual("REDIS", async (name) => {
        const answer = await redisCommand(stack, ["CONFIG", "GET", name.replaceAll("_", "-")], node);
        return z.tuple([z.string(), z.string()]).parse(answer)[1];
      });
    }
  });

  test("is what RabbitMQ reports", async () => {
    const status = ["rabbitmqctl", "status", "--formatter", "json"];
    const { stdout } = await execIn(stack.container("rabbitmq"), status, { user: "rabbitmq" });
    const report = z.record(z.string(), z.unknown()).parse(JSON.parse(stdout));
    await expectEqual("RABBITMQ", async (name) => report[name.replace("high_watermark", "high_watermark_limit")]);
  });
});

/** Sizes as bytes, numbers as numbers: servers spell the same value in several ways. */
function comparable(value: unknown): unknown {
  const text = String(value);
  return parseBytes(text) ?? parseDurationMs(text) ?? text;
}
