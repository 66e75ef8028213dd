import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { ContainerInput } from "../../../stack/core/service/service.ts";
import type { Credentials } from "../../../stack/core/service/credential.ts";
import { gib, mib } from "../../../stack/core/units.ts";
import { rabbitmq } from "../../../stack/services/rabbitmq/index.ts";

const PASSWORD = "a secret that no file may hold";
const credentials: Credentials = (service, name) => {
  const user = rabbitmq.configure({}).credentials.find((one) => one.name === name)?.user;
  if (service !== "rabbitmq" || user === undefined) throw new Error(`no credential ${service}.${name}`);
  return { user, password: PASSWORD, sha256: "", scramSha256: "", saltedSha256: `salted hash of ${name}` };
};

const workload = { kind: "web", clients: 8, connections: 100 } as const;

function inputOf(options: object): ContainerInput {
  const share = { memory: mib(512), cpus: 1.5 };
  const settings = rabbitmq.configure(options).tune({ share, machine: { cpus: 4, memory: gib(8) }, workload });
  return {
    instance: "rabbitmq",
    share,
    settings,
    workload,
    credentials,
    neighbours: {},
    grants: [],
    hostPort: () => 5672,
  };
}

function filesOf(options: object): ReadonlyMap<string, string> {
  return new Map(
    rabbitmq
      .configure(options)
      .files(inputOf(options))
      .map(({ path, text = "" }) => [path, text]),
  );
}

describe("The service RabbitMQ", () => {
  test("takes no options, and names each one that it does not know", () => {
    expect(() => rabbitmq.configure(undefined)).not.toThrow();
    expect(() => rabbitmq.configure({ vhsot: "shop" })).toThrow(/vhsot/);
  });

  test.each(["", "a/b", "a b", "plumbline_bench", "a".repeat(65)])("refuses the vhost %j", (vhost) => {
    expect(() => rabbitmq.configure({ vhost })).toThrow(z.ZodError);
  });

  test("describes every option", () => {
    const { properties = {} } = z.toJSONSchema(rabbitmq.options, { io: "input" });
    expect(Object.keys(properties)).toEqual(["vhost"]);
    for (const property of Object.values(properties)) expect(property).toHaveProperty("description");
  });

  test("keeps one host name, because the node's data carries it", () => {
    const container = rabbitmq.configure({}).container(inputOf({}));
    expect(container.hostname).toBe("rabbitmq");
    expect(container.volumes).toEqual({ "/var/lib/rabbitmq": "data" });
  });

  test("gives the Erlang machine as many schedulers as the container has cpus", () => {
    const { environment } = rabbitmq.configure({}).container(inputOf({}));
    expect(environment["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"]).toMatch(/^\+S 2:2 /);
  });

  test.each([
    ["plumbline: volume of major version 3, server is 4", "VOLUME_INCOMPATIBLE"],
    [
      "[error] Feature flags: `stream_queue`: required feature flag not enabled! It must be enabled",
      "VOLUME_INCOMPATIBLE",
    ],
    ["volume incomplete: /var/lib/rabbitmq holds a database, but no Erlang cookie", "VOLUME_INCOMPLETE"],
    ["{error,{cannot_write_file,enospc}}", "DISK_FULL"],
    ["Error generating configuration in phase transform_datatypes", "SERVICE_EXITED"],
  ])("knows what %j means", (line, code) => {
    expect(rabbitmq.configure({}).failures.find(({ pattern }) => pattern.test(line))?.code).toBe(code);
  });
});

describe("RabbitMQ's conf files", () => {
  test("have a reason above each line of rabbitmq.conf", () => {
    const lines = filesOf({}).get("rabbitmq.conf")?.split("\n") ?? [];
    for (const [index, line] of lines.entries()) {
      if (/^[a-z]/.test(line)) expect(lines[index - 1]).toMatch(/^# ./);
    }
    expect(lines).toEqual(
      expect.arrayContaining([
        `vm_memory_high_watermark.absolute = ${mib(307)}`,
        `disk_free_limit.absolute = ${gib(1)}`,
        `raft.wal_max_size_bytes = ${mib(32)}`,
        "load_definitions = /etc/plumbline/definitions.json",
      ]),
    );
  });

  test("hold no key that only a new container can change, or that RabbitMQ reads from the advanced file only", () => {
    expect(filesOf({}).get("rabbitmq.conf")).not.toMatch(/^(?:schedulers|default_consumer_prefetch)/m);
    expect(filesOf({}).get("advanced.config")).toMatch(
      /^%% .+\n\[\{rabbit, \[\{default_consumer_prefetch, \{false, 2000\}\}\]\}\]\.\n$/,
    );
  });

  test("enable the management plugin and no other", () => {
    expect(filesOf({}).get("enabled_plugins")).toBe("[rabbitmq_management].\n");
  });

  test("define three users by their hashes, and no guest", () => {
    const text = filesOf({}).get("definitions.json") ?? "";
    expect(text).not.toContain(PASSWORD);
    expect(JSON.parse(text)).toMatchObject({
      users: [
        { name: "admin", password_hash: "salted hash of admin", tags: ["administrator"] },
        { name: "app", password_hash: "salted hash of app", tags: [] },
        { name: "plumbline_bench", password_hash: "salted hash of bench", tags: [] },
      ],
      vhosts: [{ name: "app" }, { name: "plumbline_bench" }],
    });
  });

  test("let the application into its own vhost only, and the benchmarks into theirs", () => {
    const { permissions } = PERMISSIONS.parse(JSON.parse(filesOf({ vhost: "shop" }).get("definitions.json") ?? ""));
    expect(permissions.map(({ user, vhost }) => `${user} in ${vhost}`)).toEqual([
      "admin in shop",
      "admin in plumbline_bench",
      "app in shop",
      "plumbline_bench in plumbline_bench",
    ]);
  });
});

const PERMISSIONS = z.object({ permissions: z.array(z.object({ user: z.string(), vhost: z.string() })) });
