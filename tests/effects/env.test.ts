import { expect, test } from "vitest";
import { connectionUrls, fill } from "../../stack/effects/env.ts";

const TEMPLATE = "postgresql://{user}:{password}@{host}:{port}/app";

test("a URL has user, password, address and the published port", () => {
  const url = fill(TEMPLATE, { user: "app", password: "1M-x_2" }, 15432);
  expect(url).toBe("postgresql://app:1M-x_2@127.0.0.1:15432/app");
});

test("a password with characters that mean something in a URL comes out of it as it was", () => {
  const password = "p@ss:w/o{rd}%";
  const url = new URL(fill(TEMPLATE, { user: "a b", password }, 1));
  expect(decodeURIComponent(url.password)).toBe(password);
  expect(decodeURIComponent(url.username)).toBe("a b");
  expect(url.port).toBe("1");
});

test("a stack that was never brought up has no addresses", async () => {
  await expect(connectionUrls({ stack: "never-was", profile: "minimal" })).rejects.toMatchObject({
    code: "STACK_DOWN",
  });
});
