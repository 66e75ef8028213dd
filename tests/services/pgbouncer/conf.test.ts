import { expect, test } from "vitest";
import type { ContainerInput } from "../../../stack/core/service/service.ts";
import type { Credential } from "../../../stack/core/service/credential.ts";
import { credentialsFor, neighboursOf, wiringOf } from "../../../stack/core/service/wiring.ts";
import { gib, mib } from "../../../stack/core/units.ts";
import { pgbouncer } from "../../../stack/services/pgbouncer/index.ts";
import { postgres } from "../../../stack/services/postgres/index.ts";

const share = { memory: mib(64), cpus: 1 };
const workload = { kind: "web", clients: 100, connections: 15 } as const;

function credential(user: string): Credential {
  const verifier = `SCRAM-SHA-256$4096:c2FsdA==$${user}:${user}`;
  return { user, password: `password of ${user}`, scramSha256: verifier, sha256: "", saltedSha256: "" };
}

function named(service: string, name: string): Credential {
  return credential(`${service}-${name}`);
}

/** Of the pool beside a server with these options. */
function filesOf(options: unknown, poolMode?: string): Readonly<Record<string, string>> {
  const service = pgbouncer.configure({});
  const server = postgres.configure(options);
  const settings = service
    .tune({ share, machine: { cpus: 4, memory: gib(8) }, workload })
    .map((setting) =>
      poolMode !== undefined && setting.name === "pool_mode" ? { ...setting, value: poolMode } : setting,
    );
  const input: ContainerInput = {
    instance: "pgbouncer",
    share,
    settings,
    workload,
    credentials: credentialsFor(service, wiringOf([server, service]), named),
    neighbours: neighboursOf(service, wiringOf([server, service])),
    grants: [],
    hostPort: () => 6432,
  };
  return Object.fromEntries(service.files(input).map(({ path, text = "" }) => [path, text]));
}

test("the whole pgbouncer.ini of the split of 8 GiB", () => {
  expect(filesOf({})["pgbouncer.ini"]).toMatchSnapshot();
});

test("the pool leads to the database that the profile names, and to that of the benchmarks", () => {
  const ini = filesOf({ database: "shop" })["pgbouncer.ini"];
  expect(ini).toContain("shop = host=postgres port=5432 dbname=shop\n");
  expect(ini).toContain("plumbline_bench = host=postgres port=5432 dbname=plumbline_bench\n");
});

test("a text of a profile stays on its line, and one that cannot is refused: the file has no escapes", () => {
  expect(filesOf({}, 'session ; # "x"')["pgbouncer.ini"]).toContain('\npool_mode = session ; # "x"\n');
  expect(() => filesOf({}, "transaction\nauth_type = any")).toThrow("pgbouncer.ini cannot hold a value with U+000A");
});

test("the list of users holds verifiers and no password", () => {
  const files = filesOf({});
  expect(files["userlist.txt"]?.split("\n").filter((line) => line !== "")).toEqual([
    '"pgbouncer-admin" "SCRAM-SHA-256$4096:c2FsdA==$pgbouncer-admin:pgbouncer-admin"',
    '"postgres-app" "SCRAM-SHA-256$4096:c2FsdA==$postgres-app:postgres-app"',
    '"postgres-bench" "SCRAM-SHA-256$4096:c2FsdA==$postgres-bench:postgres-bench"',
  ]);
  expect(Object.values(files).join("")).not.toContain("password of");
});
