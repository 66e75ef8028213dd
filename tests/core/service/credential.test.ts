import { describe, expect, test } from "vitest";
import { isKeyLost } from "../../../stack/core/service/credential.ts";

const token = { name: "token", user: "root", issued: true } as const;
const only =
  (...names: readonly string[]) =>
  (name: string) =>
    names.includes(name);

describe("the key to a service's volumes", () => {
  test("must be the credential that says so, wherever it stands in the list", () => {
    const credentials = [
      { name: "app", user: "app" },
      { name: "admin", user: "root", key: true },
    ] as const;
    expect(isKeyLost(credentials, only("admin"))).toBe(false);
    expect(isKeyLost(credentials, only("app"))).toBe(true);
  });

  test("must be any generated one where none says so: one that came later is generated anew", () => {
    const credentials = [{ name: "app", user: "app" }, { name: "new", user: "new" }, token];
    expect(isKeyLost(credentials, only("app"))).toBe(false);
    expect(isKeyLost(credentials, only())).toBe(true);
  });

  test("must never be one that a server issues: before it did, there is none", () => {
    expect(isKeyLost([token], only())).toBe(false);
    expect(isKeyLost([{ ...token, key: true }], only())).toBe(false);
  });

  test("must not be missed by a service without credentials", () => {
    expect(isKeyLost([], only())).toBe(false);
  });
});
