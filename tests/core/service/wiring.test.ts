import { describe, expect, test } from "vitest";
import { z } from "zod";
import {
  credentialsFor,
  grantsOf,
  neighboursOf,
  refuseForeignSecrets,
  type Wirable,
  wiringOf,
} from "../../../stack/core/service/wiring.ts";
import type { Want } from "../../../stack/core/service/want.ts";
import { fakeCredentials } from "../../support/core/stack.ts";

const none = { options: {}, wants: [], grants: [], credentials: [], instances: [], ports: [] };

const server: Wirable = {
  ...none,
  name: "server",
  options: { database: "shop" },
  instances: ["server-1", "server-2"],
  ports: [
    { name: "sql", instance: "server-1", container: 5000, defaultHostPort: 15_000 },
    { name: "sql", instance: "server-2", container: 5000, defaultHostPort: 15_001 },
  ],
  credentials: [
    { name: "admin", user: "root" },
    { name: "app", user: "app" },
  ],
  grants: [
    { name: "pool", parameters: z.strictObject({}), shares: ["app"] },
    { name: "monitor", parameters: z.strictObject({ every: z.number().default(15) }), account: true },
  ],
};

function client(name: string, wants: readonly Want[], user = name): Wirable {
  return { ...none, name, wants, credentials: [{ name: "own", user }] };
}

const all = fakeCredentials("secret");
const pool = client("pool", [{ from: "server", grant: "pool" }]);
const watcher = client("watcher", [{ from: "server", grant: "monitor", as: "own", with: { every: 30 } }]);

describe("a neighbour", () => {
  test("must be its instances, its ports inside the network, its options and the names of what it shares", () => {
    expect(neighboursOf(pool, wiringOf([server, pool]))).toEqual({
      server: {
        instances: [
          { name: "server-1", host: "server-1", ports: { sql: 5000 } },
          { name: "server-2", host: "server-2", ports: { sql: 5000 } },
        ],
        options: { database: "shop" },
        credentials: ["app"],
      },
    });
  });

  test("must be none that is not there, or of which nothing is wanted", () => {
    expect(neighboursOf(pool, wiringOf([pool]))).toEqual({});
    expect(neighboursOf(server, wiringOf([server, pool]))).toEqual({});
  });
});

describe("the credentials of a service", () => {
  test("must be its own and those that are shared with it, and no other", () => {
    const credentials = credentialsFor(pool, wiringOf([server, pool, watcher]), all);
    expect(credentials("pool", "own")).toEqual(all("pool", "own"));
    expect(credentials("server", "app")).toEqual(all("server", "app"));
    for (const [service = "", name = ""] of [
      ["server", "admin"],
      ["watcher", "own"],
    ]) {
      expect(() => credentials(service, name)).toThrow(`pool may not use the credential ${service}.${name}`);
    }
  });

  test("must not be the owner's where only an account is made", () => {
    const credentials = credentialsFor(watcher, wiringOf([server, watcher]), all);
    expect(() => credentials("server", "app")).toThrow("watcher may not use the credential server.app");
  });
});

describe("the secrets that a container mounts", () => {
  test("must be its service's own or shared", () => {
    expect(() =>
      refuseForeignSecrets(pool, wiringOf([server, pool]), { secrets: ["pool.own", "server.app"] }),
    ).not.toThrow();
    expect(() => refuseForeignSecrets(pool, wiringOf([server, pool]), { secrets: ["server.admin"] })).toThrow(
      "pool may not use the credential server.admin",
    );
  });
});

describe("what a service grants", () => {
  test("must be what the others want, with parsed parameters and the credential of who wants it", () => {
    const [first, second] = grantsOf(server, wiringOf([pool, server, watcher]), all);
    expect(first).toEqual({ to: "pool", grant: "pool", parameters: {} });
    expect({ ...second }).toEqual({
      to: "watcher",
      grant: "monitor",
      parameters: { every: 30 },
      as: "own",
      credential: all("watcher", "own"),
    });
  });

  test("must look a credential up when it is asked for, since a server may issue it meanwhile", () => {
    let issued = false;
    const [grant] = grantsOf(server, wiringOf([server, watcher]), (service, name) => {
      if (!issued) throw new Error("was not issued yet");
      return all(service, name);
    });
    expect(() => grant?.credential).toThrow("was not issued yet");
    issued = true;
    expect(grant?.credential).toEqual(all("watcher", "own"));
  });

  test.for<[string, Wirable, string]>([
    [
      "a grant that the owner does not know",
      client("c", [{ from: "server", grant: "everything" }]),
      'c wants "everything" of server, which grants pool, monitor',
    ],
    [
      "an account without a credential for it",
      client("c", [{ from: "server", grant: "monitor" }]),
      'c must say which credential "monitor" of server is for',
    ],
    [
      "a credential that is not declared",
      client("c", [{ from: "server", grant: "monitor", as: "other" }]),
      "c declares no credential other",
    ],
    [
      "a credential where no account is made",
      client("c", [{ from: "server", grant: "pool", as: "own" }]),
      '"pool" of server makes no account for c.own',
    ],
    [
      "an account of the name of the owner's own",
      client("c", [{ from: "server", grant: "monitor", as: "own" }], "app"),
      'c.own and server.app would be one user of server: "app"',
    ],
    [
      "an account of another service's name",
      client("c", [{ from: "server", grant: "monitor", as: "own" }], "watcher"),
      'c.own and watcher.own would be one user of server: "watcher"',
    ],
  ])("must refuse %s as a defect of a folder", ([, wanting, message]) => {
    expect(() => grantsOf(server, wiringOf([server, watcher, wanting]), all)).toThrow(message);
  });

  test("must make one account for two grants with one credential", () => {
    const wants = [watcher.wants, watcher.wants].flat();
    expect(grantsOf(server, wiringOf([server, client("twice", wants)]), all)).toHaveLength(2);
  });
});
