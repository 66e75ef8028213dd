import { mkdir, rm, writeFile } from "node:fs/promises";
import { afterAll, describe, expect, test } from "vitest";
import { PlumblineError } from "../../stack/core/errors.ts";
import { connectionUrls, fill } from "../../stack/commands/env.ts";
import { stackFolder } from "../../stack/records/folder.ts";

const at = (port: number) => ({ host: "127.0.0.1", port });
const TEMPLATE = "postgresql://{user}:{password}@{host}:{port}/app";

test("a URL has user, password, address and the published port", () => {
  const url = fill(TEMPLATE, { user: "app", password: "1M-x_2" }, at(15432));
  expect(url).toBe("postgresql://app:1M-x_2@127.0.0.1:15432/app");
});

test("a password with characters that mean something in a URL comes out of it as it was", () => {
  const password = "p@ss:w/o{rd}%";
  const url = new URL(fill(TEMPLATE, { user: "a b", password }, at(1)));
  expect(decodeURIComponent(url.password)).toBe(password);
  expect(decodeURIComponent(url.username)).toBe("a b");
  expect(url.port).toBe("1");
});

test("an option of a neighbour stands in a URL as the neighbour has it, escaped", () => {
  const url = fill("{host}/{postgres.database}", { user: "", password: "" }, at(1), { "postgres.database": "a%20b" });
  expect(url).toBe("127.0.0.1/a%20b");
});

test("a stack that was never brought up has no addresses", async () => {
  await expect(connectionUrls({ stack: "never-was", profile: "minimal" })).rejects.toMatchObject({
    code: "STACK_DOWN",
  });
});

describe("a password that is gone", () => {
  const stack = `env-${process.pid}`;
  const folder = stackFolder(stack);
  afterAll(() => rm(folder.root, { recursive: true, force: true }));

  async function remedy(...present: readonly string[]): Promise<string> {
    await rm(folder.root, { recursive: true, force: true });
    await mkdir(folder.file("conf/postgres"), { recursive: true });
    await mkdir(folder.secrets, { recursive: true });
    for (const id of present) await writeFile(`${folder.secrets}/${id}`, "secret");
    const error: unknown = await connectionUrls({ stack, profile: "minimal" }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "SECRETS_LOST" });
    return error instanceof PlumblineError ? error.fix : "";
  }

  test("is made anew by up while the server can be opened, and no data need go", async () => {
    const fix = await remedy("postgres.admin");
    expect(fix).toContain("npm run up");
    expect(fix).not.toContain("destroy");
  });

  test("that opens the server is lost for good", async () => {
    expect(await remedy()).toContain("npm run destroy");
  });
});
