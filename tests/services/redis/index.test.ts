import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ContainerInput } from "../../../stack/core/service/service.ts";
import type { Credentials } from "../../../stack/core/service/credential.ts";
import { gib, mib } from "../../../stack/core/units.ts";
import { redis } from "../../../stack/services/redis/index.ts";

const PASSWORD = "a secret that no file may hold";
const HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
const credentials: Credentials = (service, name) => {
  if (service !== "redis" || !["admin", "app", "bench"].includes(name)) throw new Error(`no credential ${name}`);
  return { user: name, password: PASSWORD, sha256: HASH, scramSha256: "", saltedSha256: "" };
};

function filesOf(
  options: object,
  instance: string,
  given: Readonly<Record<string, string>> = {},
): ReadonlyMap<string, string> {
  const service = redis.configure(options);
  const share = { memory: mib(192), cpus: 1 };
  const workload = { kind: "web", clients: 100, connections: 15 } as const;
  const settings = service
    .tune({ share, machine: { cpus: 4, memory: gib(8) }, workload })
    .map((setting) => ({ ...setting, value: given[setting.name] ?? setting.value }));
  const hostPort = (of: string, name: string) =>
    (service.ports.find((port) => port.instance === of && port.name === name)?.defaultHostPort ?? 0) + 1000;
  const input: ContainerInput = {
    instance,
    share,
    settings,
    workload,
    credentials,
    neighbours: {},
    grants: [],
    hostPort,
  };
  return new Map(service.files(input).map(({ path, text = "" }) => [path, text]));
}

/** Splits a line as Redis's sdssplitargs does. Throws for quotes that are not closed. */
function argumentsIn(line: string): readonly string[] {
  const word = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s"']\S*/sy;
  const found: string[] = [];
  let rest = line.trim();
  while (rest !== "") {
    word.lastIndex = 0;
    const [text] = word.exec(rest) ?? [];
    if (text === undefined || !/^(\s|$)/.test(rest.slice(text.length))) throw new Error(`Redis cannot read ${line}`);
    found.push(unquoted(text));
    rest = rest.slice(text.length).trimStart();
  }
  return found;
}

function unquoted(text: string): string {
  if (!text.startsWith('"')) return text;
  return text.slice(1, -1).replaceAll(/\\(.)/gs, (_, escaped: string) => (escaped === "n" ? "\n" : escaped));
}

/** The line of one setting with a text that a profile gives; throws if the file has another number of lines than usual. */
function policyLine(text: string): string {
  const lines = (filesOf({}, "redis-1", { "maxmemory-policy": text }).get("redis.conf") ?? "").split("\n");
  expect(lines).toHaveLength(12);
  return lines.find((line) => line.startsWith("maxmemory-policy ")) ?? "";
}

describe("the instances", () => {
  test("must be three nodes on neighbouring ports when nothing is said", () => {
    const { instances, ports } = redis.configure(undefined);
    expect(instances).toEqual(["redis-1", "redis-2", "redis-3"]);
    expect(ports.map(({ instance, container, defaultHostPort }) => [instance, container, defaultHostPort])).toEqual([
      ["redis-1", 6379, 6379],
      ["redis-2", 6379, 6380],
      ["redis-3", 6379, 6381],
    ]);
  });

  test("must be one node without a cluster where one is asked for", () => {
    expect(redis.configure({ nodes: 1 }).instances).toEqual(["redis-1"]);
    expect(filesOf({ nodes: 1 }, "redis-1").get("server.conf")).not.toContain("cluster");
  });

  test("a cluster's bus must not be published", () => {
    expect(redis.configure({}).ports.some(({ container }) => container === 16_379)).toBe(false);
  });
});

describe("the conf files", () => {
  test("must announce the address on the host that this stack publishes", () => {
    const lines = filesOf({}, "redis-2").get("server.conf")?.split("\n");
    expect(lines).toEqual(
      expect.arrayContaining([
        "cluster-enabled yes",
        "cluster-announce-hostname 127.0.0.1",
        "cluster-preferred-endpoint-type hostname",
        "cluster-announce-port 7380",
        "cluster-announce-bus-port 16379",
      ]),
    );
  });

  test("must hold every setting in redis.conf, and tunables nowhere else", () => {
    const files = filesOf({ persistence: "none", policy: "allkeys-lfu" }, "redis-1");
    expect(files.get("redis.conf")?.split("\n")).toEqual([
      "include /etc/plumbline/server.conf",
      "",
      "maxmemory 128mb",
      "maxmemory-policy allkeys-lfu",
      "maxmemory-clients 19mb",
      "client-output-buffer-limit normal 19922944 0 0 slave 268435456 67108864 60 pubsub 19922944 8388608 60",
      "appendonly no",
      "appendfsync everysec",
      'save ""',
      "maxclients 608",
      "io-threads 1",
      "",
    ]);
    expect(files.get("server.conf")).not.toMatch(/maxmemory|appendonly|save|maxclients/);
  });

  test("must hold a text of a profile on one line, word by word as it is", () => {
    expect(policyLine("allkeys-lru")).toBe("maxmemory-policy allkeys-lru");
    for (const text of ['"', "it's", "\\", "a\nprotected-mode no", "$(id)", "x#y"]) {
      expect(argumentsIn(policyLine(text)).slice(1).join(" "), text).toBe(text);
    }
    const words = fc.string({ unit: "grapheme-ascii" }).filter((word) => word !== "" && !word.includes(" "));
    fc.assert(
      fc.property(fc.array(words, { minLength: 1, maxLength: 3 }), (list) => {
        expect(argumentsIn(policyLine(list.join(" ")))).toEqual(["maxmemory-policy", ...list]);
      }),
    );
  });

  test("must hold hashes and no password, with the default user off", () => {
    const texts = [...filesOf({}, "redis-1").values()].join("\n");
    expect(texts).not.toContain(PASSWORD);
    const users = filesOf({}, "redis-1").get("users.acl")?.trim().split("\n") ?? [];
    expect(users[0]).toBe("user default off resetpass resetkeys resetchannels -@all");
    expect(users.slice(1).map((line) => line.split(" ").slice(0, 4).join(" "))).toEqual(
      ["admin", "app", "bench"].map((user) => `user ${user} on #${HASH}`),
    );
  });

  test("the benchmarks' user must have its own keys only, and no command that reaches others'", () => {
    const bench = filesOf({}, "redis-1")
      .get("users.acl")
      ?.split("\n")
      .find((line) => line.startsWith("user bench"));
    expect(bench).toContain(" ~plumbline:bench:* ");
    expect(bench?.match(/ ~\S+/g)).toHaveLength(1);
    expect(bench).toContain("-@all");
    expect(bench).not.toMatch(/\+(@|flush|keys|config|debug|eval|acl)/);
  });
});

test.for<readonly [line: string, code: string]>([
  ["volume incomplete: /data/appendonlydir holds files, but no manifest", "VOLUME_INCOMPLETE"],
  ["*** FATAL AOF MANIFEST FILE ERROR ***", "VOLUME_INCOMPLETE"],
  ["Can't handle RDB format version 12", "VOLUME_INCOMPATIBLE"],
  ["Error writing to the AOF file: No space left on device", "DISK_FULL"],
  ["plumbline: volume undecided: it holds a log and dump.rdb", "SERVICE_EXITED"],
  ["*** FATAL CONFIG FILE ERROR (Redis 8.0.2) ***", "SERVICE_EXITED"],
])("the log line %j must be known as %s", ([line, code]) => {
  expect(redis.configure({}).failures.find(({ pattern }) => pattern.test(line))?.code).toBe(code);
});
