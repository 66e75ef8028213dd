import { expect, test } from "vitest";
import { LoginRefused, refusing } from "../../../stack/core/service/login-refused.ts";
import { REFUSALS as mysql } from "../../../stack/services/mysql/live.ts";
import { REFUSALS as postgres } from "../../../stack/services/postgres/live.ts";
import { firstWord, REFUSALS as redis } from "../../../stack/services/redis/live.ts";

const rejecting = (code: string) => Promise.reject(Object.assign(new Error(`it says ${code}`), { code }));

/** Every error of a login that stays, by server, with what its client calls it. */
test.each([
  ["postgres", postgres, "28P01", "password authentication failed"],
  ["postgres", postgres, "28000", "no pg_hba.conf entry, or a role that does not exist"],
  ["postgres", postgres, "3D000", "database does not exist"],
  ["postgres", postgres, "42501", "no permission to connect to the database"],
  ["mysql", mysql, "ER_ACCESS_DENIED_ERROR", "Access denied for user"],
  ["mysql", mysql, "ER_ACCESS_DENIED_NO_PASSWORD_ERROR", "Access denied for user of auth_socket"],
  ["mysql", mysql, "ER_HOST_NOT_PRIVILEGED", "Host is not allowed to connect"],
  ["mysql", mysql, "ER_ACCOUNT_HAS_BEEN_LOCKED", "Account is locked"],
  ["mysql", mysql, "ER_MUST_CHANGE_PASSWORD_LOGIN", "Your password has expired"],
  ["mysql", mysql, "ER_DBACCESS_DENIED_ERROR", "Access denied to database"],
  ["mysql", mysql, "ER_NOT_SUPPORTED_AUTH_MODE", "Client does not support authentication protocol"],
] as const)("%s: %o is final for %s (%s)", async (_service, refusals, code, _meaning) => {
  await expect(refusing(rejecting(code), refusals)).rejects.toThrow(LoginRefused);
});

/** What a server says that starts, recovers or is full for a moment. */
test.each([
  ["postgres", postgres, "57P03"],
  ["postgres", postgres, "53300"],
  ["postgres", postgres, "ECONNRESET"],
  ["mysql", mysql, "ECONNREFUSED"],
  ["mysql", mysql, "PROTOCOL_CONNECTION_LOST"],
  ["mysql", mysql, "ER_CON_COUNT_ERROR"],
] as const)("%s: %o waits on at %s", async (_service, refusals, code) => {
  await expect(refusing(rejecting(code), refusals)).rejects.not.toThrow(LoginRefused);
});

test("what succeeds is passed on", async () => {
  expect(await refusing(Promise.resolve(7), postgres)).toBe(7);
});

test.each(["WRONGPASS invalid username-password pair or user is disabled.", "NOAUTH Authentication required."])(
  "redis: %o is final",
  async (message) => {
    await expect(refusing(Promise.reject(new Error(message)), redis, firstWord)).rejects.toThrow(LoginRefused);
  },
);

test.each(["LOADING Redis is loading the dataset in memory", "Connection is closed.", "connect ECONNREFUSED"])(
  "redis: %o is waited for",
  async (message) => {
    await expect(refusing(Promise.reject(new Error(message)), redis, firstWord)).rejects.not.toThrow(LoginRefused);
  },
);
