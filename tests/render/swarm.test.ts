import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import type { Desired } from "../../stack/core/desire/desire.ts";
import { renderFiles } from "../../stack/render/stack.ts";
import { renderSwarm, volumeNodeLabel } from "../../stack/render/swarm.ts";
import { listProfiles } from "../../stack/records/profiles.ts";
import { agentStack } from "../support/core/agent.ts";
import { shippedStack } from "../support/core/stack.ts";

const PROFILES = ["dev", "observed"];
const shipped = (await listProfiles()).filter((name) => PROFILES.includes(name));
/** Stands for the digest of a credential's value. */
const secrets = { digest: () => "0123456789abcdef0123" };

/** `docker stack` is a command of the client alone where it only reads a file. */
const hasStack = spawnSync("docker", ["stack", "config", "--help"], { stdio: "ignore" }).status === 0;
if (!hasStack)
  process.stderr.write("swarm.test.ts: nothing is checked by `docker stack config`: no such command here\n");

const content = z.looseObject({ source: z.string(), target: z.string(), mode: z.number() });
const read = z.looseObject({
  services: z.record(
    z.string(),
    z.looseObject({
      configs: z.array(content).optional(),
      secrets: z.array(content).optional(),
      ports: z.array(z.looseObject({ mode: z.string(), target: z.number(), published: z.coerce.number() })).optional(),
      volumes: z.array(z.looseObject({ type: z.string(), source: z.string() })).optional(),
      stop_grace_period: z.string(),
      cap_drop: z.array(z.string()),
      cap_add: z.array(z.string()).optional(),
      ulimits: z.object({ nofile: z.object({ soft: z.number(), hard: z.number() }) }),
      labels: z.record(z.string(), z.string()),
      deploy: z.looseObject({
        replicas: z.number(),
        endpoint_mode: z.string(),
        resources: z.object({
          limits: z.object({ memory: z.coerce.number(), cpus: z.coerce.number(), pids: z.number() }),
        }),
        restart_policy: z.object({ condition: z.string() }),
        placement: z.looseObject({ constraints: z.array(z.string()) }).optional(),
      }),
    }),
  ),
  networks: z.record(z.string(), z.looseObject({ driver: z.string(), attachable: z.boolean() })),
  configs: z.record(z.string(), z.looseObject({ name: z.string(), file: z.string() })).default({}),
  secrets: z.record(z.string(), z.looseObject({ name: z.string(), file: z.string() })).default({}),
});
const stackIn = (text: string) => read.parse(parse(text));

/** Everything that was meant, whoever reads the file. */
function expectMeant(desired: Desired, text: string): void {
  const stack = stackIn(text);
  const wanted = desired.services.flatMap((service) => service.instances.map((instance) => ({ service, instance })));
  expect(Object.keys(stack.services).toSorted()).toEqual(wanted.map(({ instance }) => instance.name).toSorted());
  for (const { service, instance } of wanted) {
    const found = stack.services[instance.name] ?? expect.fail(instance.name);
    expect(found.deploy).toMatchObject({ replicas: 1, endpoint_mode: "dnsrr", restart_policy: { condition: "none" } });
    const { memory, cpus, pids } = found.deploy.resources.limits;
    expect([memory, cpus, pids]).toEqual([service.share.memory, service.share.cpus, instance.confinement.processes]);
    expect([found.cap_drop, found.cap_add]).toEqual([["ALL"], instance.container.capabilities]);
    expect((found.ports ?? []).map(({ mode, target, published }) => ({ mode, container: target, published }))).toEqual(
      instance.ports.map(({ container, published }) => ({ mode: "host", container, published })),
    );
    expect((found.secrets ?? []).map(({ target }) => target)).toEqual(
      [...instance.container.secrets, ...(instance.container.secretFiles ?? []).map(({ path }) => path)].map(
        (name) => `/run/secrets/${name}`,
      ),
    );
    expect(found.configs ?? []).toHaveLength(instance.files.length);
    for (const { source } of found.configs ?? []) expect(stack.configs[source]?.name).toBe(source);
    for (const { source } of found.secrets ?? []) expect(stack.secrets[source]?.name).toBe(source);
    expect(found.labels["plumbline.identity"]).toBe(instance.identity);
    const isTied = Object.keys(instance.container.volumes).length > 0;
    expect(found.deploy.placement?.constraints).toEqual(
      isTied ? [`node.labels.${volumeNodeLabel(desired.stack)} == true`] : undefined,
    );
    expect((found.volumes ?? []).filter(({ type, source }) => type === "bind" && !source.startsWith("/"))).toEqual([]);
  }
  for (const network of Object.values(stack.networks)) {
    expect(network).toMatchObject({ driver: "overlay", attachable: true });
  }
}

test("stack.yaml of dev must be this, apart from the hashes", async () => {
  const text = renderSwarm(await shippedStack("dev"), secrets);
  expect(
    text.replaceAll(/(plumbline\.identity): .*/g, "$1: a hash").replaceAll(/-[0-9a-f]{16}\b/g, "-a-hash"),
  ).toMatchSnapshot();
});

describe.each(shipped)("stack.yaml of %s", (name) => {
  test("must say what was meant, and hold nothing that only Compose knows", async () => {
    const desired = await shippedStack(name, { secret: "hush" });
    const text = renderSwarm(desired, secrets);
    expectMeant(desired, text);
    for (const word of ["container_name", "mem_limit", "memswap_limit", "restart:", "hush"]) {
      expect(text).not.toContain(word);
    }
  });
});

/** Names of the configs of an agent with this conf file. */
const configNames = (text: string) => {
  const files = [{ path: "agent.conf", text }];
  return Object.keys(stackIn(renderSwarm(agentStack({ files }), secrets)).configs);
};

test("a config must have another name as soon as its content differs, and the same one otherwise", async () => {
  expect(configNames("a = 1\n")).toEqual(configNames("a = 1\n"));
  expect(configNames("a = 1\n")).not.toEqual(configNames("a = 2\n"));
});

test("a secret must have another name as soon as its value differs", async () => {
  const desired = await shippedStack("dev");
  const named = (digest: string) => Object.keys(stackIn(renderSwarm(desired, { digest: () => digest })).secrets);
  const [before, after] = [named("a".repeat(32)), named("b".repeat(32))];
  expect(after.filter((name) => before.includes(name))).toEqual([]);
});

test("a name must fit into the 64 characters that a swarm allows, and keep its digest", async () => {
  const files = [{ path: `${"long".repeat(30)}.conf`, text: "" }];
  const [name = ""] = Object.keys(stackIn(renderSwarm(agentStack({ files }), secrets)).configs);
  expect(name).toMatch(/^[\w.-]{47}-[0-9a-f]{16}$/);
});

test("a secret file must become a secret that the server's own user can read, and a path of the machine stay a mount", () => {
  const desired = agentStack({
    container: {
      user: "1000",
      secretFiles: [{ path: "my.cnf", text: "password=hush\n" }],
      mounts: [{ kind: "host", source: "/proc", target: "/host/proc" }],
    },
  });
  const text = renderSwarm(desired, secrets);
  const { agent } = stackIn(text).services;
  expect(agent?.secrets).toMatchObject([{ target: "/run/secrets/my.cnf", mode: 0o444 }]);
  expect(agent?.volumes).toMatchObject([{ type: "bind", source: "/proc", target: "/host/proc" }]);
  expect(agent?.deploy.placement).toBeUndefined();
  expect(Object.values(stackIn(text).secrets)).toMatchObject([{ file: "./secrets/files/agent/my.cnf" }]);
  expect(text).not.toContain("hush");
});

describe.skipIf(!hasStack)("docker stack config", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "plumbline-swarm-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test.for(shipped)("must accept stack.yaml of %s and read from it what was meant", async (name) => {
    const desired = await shippedStack(name);
    const render = () => new Map([["stack.yaml", renderSwarm(desired, secrets)]]);
    for (const [path, written] of renderFiles(desired, render)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), written);
    }
    const argv = ["stack", "config", "--compose-file", join(folder, "stack.yaml")];
    const { status, stdout, stderr } = spawnSync("docker", argv, { encoding: "utf8", timeout: 60_000 });
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expectMeant(desired, stdout);
  });
});
