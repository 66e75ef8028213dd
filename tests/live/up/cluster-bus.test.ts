import { chmodSync, copyFileSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type Docker from "dockerode";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { CERTIFICATES_FOLDER } from "../../../stack/core/stack-names.ts";
import { CERTIFICATES_MOUNT } from "../../../stack/core/service/certificate.ts";
import { DAY_MS } from "../../../stack/records/certificates/issue.ts";
import { loadCertificates } from "../../../stack/records/certificates/store.ts";
import { tagIn } from "../../../stack/services/redis/cluster/nodes.ts";
import { services } from "../../../stack/services/index.ts";
import { failureOf, startCli } from "../../support/live/cli.ts";
import { redisCommand } from "../../support/live/clients.ts";
import { execIn } from "../../support/live/docker.ts";
import { REDIS_ONLY } from "../../support/live/profiles.ts";
import { changesIn, describeStack, makeStack, type Seen, type Stack } from "../../support/live/stack.ts";
import { until } from "../../support/live/until.ts";

const CLUSTER = REDIS_ONLY.replace("nodes: 1", "nodes: 3").replace("memory: 1 GiB", "memory: 2 GiB");
const NODES = ["redis-1", "redis-2", "redis-3"];
/** Its slot is on the first node. */
const KEPT = `{${tagIn([[0, 5460]]) ?? ""}}`;
/** A handshake that is not answered is given up after as long; short, so that the attack is known to have failed. */
const STRANGER = ["redis-server", "--cluster-enabled", "yes", "--cluster-node-timeout", "1000", "--save", ""];
const PRESENTED = "/tmp/certificates";

const redis = services.find(({ name }) => name === "redis")?.configure({ nodes: 3 }) ?? expect.fail("no redis");

const address = async (container: Docker.Container) =>
  Object.values((await container.inspect()).NetworkSettings.Networks)[0]?.IPAddress ?? "";

await describeStack("the bus of a Redis cluster", () => {
  let stack: Stack;
  let before: Readonly<Record<string, Seen>>;
  let strangers: Docker.Container[] = [];

  const nodesOf = async (instance: string) =>
    String(await redisCommand(stack, ["CLUSTER", "NODES"], NODES.indexOf(instance)))
      .trim()
      .split("\n");
  const setting = async (instance: string, name: string) => {
    const answer = await redisCommand(stack, ["CONFIG", "GET", name], NODES.indexOf(instance));
    return Array.isArray(answer) ? String(answer[1]) : "";
  };
  const certificates = () => stack.file("secrets", CERTIFICATES_FOLDER);
  const verify = () =>
    startCli("verify", ["--stack", stack.name, "--profile", stack.profile, "--no-bench", "--json"]).ended;

  /** A node of somebody else on the stack's network; `folder` holds what it shows on the bus. */
  const stranger = async (args: readonly string[], folder?: string) => {
    const container = await stack.docker.createContainer({
      Image: (await stack.container("redis-1").inspect()).Config.Image,
      Entrypoint: [...STRANGER, ...args],
      Cmd: [],
      HostConfig: {
        NetworkMode: `${stack.project}-data`,
        ...(folder === undefined ? {} : { Binds: [`${folder}:${PRESENTED}:ro`] }),
      },
    });
    strangers.push(container);
    await container.start();
    const ask = async (...command: readonly string[]) =>
      (await execIn(container, ["redis-cli", ...command])).stdout.trim();
    await until("the stranger answers", async () => (await ask("PING")) === "PONG");
    return ask;
  };
  /** Introduces itself to a node, and waits until it has given up or has been let in. */
  const attack = async (ask: Awaited<ReturnType<typeof stranger>>): Promise<"joined" | "refused"> => {
    expect(await ask("CLUSTER", "MEET", await address(stack.container("redis-1")), "6379", "16379")).toBe("OK");
    let known = 0;
    await until("the handshake is over", async () => {
      const nodes = (await ask("CLUSTER", "NODES")).split("\n");
      known = nodes.length;
      return nodes.every((line) => !line.includes("handshake"));
    });
    return known === 1 ? "refused" : "joined";
  };

  beforeAll(async () => {
    stack = await makeStack(CLUSTER);
    await stack.up();
    await redisCommand(stack, ["SET", KEPT, "still here"]);
    before = await stack.seen();
  });
  afterEach(async () => {
    await Promise.all(strangers.map((container) => container.remove({ force: true, v: true })));
    strangers = [];
  });
  afterAll(() => stack.close());

  describe("must refuse", () => {
    afterEach(async () => {
      for (const instance of NODES) expect(await nodesOf(instance)).toHaveLength(3);
    });

    test("a node without a certificate", async () => {
      expect(await attack(await stranger([]))).toBe("refused");
    });

    test("a node with a certificate of another stack", async () => {
      const other = mkdtempSync(join(tmpdir(), "plumbline-other-"));
      try {
        const { store } = await loadCertificates([redis], { folder: other, now: new Date() });
        const name = (path: string) => path.replace(CERTIFICATES_MOUNT, PRESENTED);
        const { certificate, key } = store("redis", "bus");
        // It trusts the stack's authority, whose certificate is no secret.
        const trusted = join(certificates(), "redis");
        const authority = readdirSync(trusted).find((file) => file.startsWith("authority.")) ?? "";
        copyFileSync(join(trusted, authority), join(other, "redis", "trusted.crt"));
        chmodSync(other, 0o755);
        const shown = ["--tls-cert-file", name(certificate), "--tls-key-file", name(key)];
        const trust = ["--tls-ca-cert-file", `${PRESENTED}/trusted.crt`, "--tls-cluster", "yes"];
        expect(await attack(await stranger([...shown, ...trust], join(other, "redis")))).toBe("refused");
      } finally {
        rmSync(other, { recursive: true, force: true });
      }
    });
  });

  test("that somebody switched to plain must be told by verify, and be put back on all nodes at once", async () => {
    for (const node of NODES.keys()) await redisCommand(stack, ["CONFIG", "SET", "tls-cluster", "no"], node);
    const ended = await verify();
    expect(ended.exitCode).toBe(4);
    expect(JSON.stringify(failureOf(ended).details["differences"])).toContain("recreate redis-2");
    const { plan } = await stack.up();
    const changes = changesIn(plan).map(({ text }) => text);
    expect(changes).toHaveLength(NODES.length);
    for (const node of NODES) expect(changes.join("\n")).toContain(`recreate ${node}`);
    expect(await setting("redis-2", "tls-cluster")).toBe("yes");
    expect((await verify()).exitCode).toBe(0);
    before = await stack.seen();
  });

  test("must have a new certificate before the old one expires, without a restart", async () => {
    const was = await setting("redis-1", "tls-cert-file");
    for (const file of readdirSync(join(certificates(), "redis"))) rmSync(join(certificates(), "redis", file));
    const old = new Date(Date.now() - 300 * DAY_MS);
    rmSync(join(certificates(), "authorities"), { recursive: true });
    await loadCertificates([redis], { folder: certificates(), now: old });
    const { plan, notes } = await stack.up();
    expect(notes.join("\n")).toContain("issued the certificate bus of redis anew: it expires on ");
    expect(new Set(changesIn(plan).map(({ action }) => action))).toEqual(new Set(["write-file", "apply-settings"]));
    expect(await stack.seen()).toEqual(before);
    for (const instance of NODES) {
      const path = await setting(instance, "tls-cert-file");
      expect(path).not.toBe(was);
      await readFile(path.replace(CERTIFICATES_MOUNT, join(certificates(), "redis")));
    }
    expect((await verify()).exitCode).toBe(0);
    expect(await redisCommand(stack, ["GET", KEPT])).toBe("still here");
  });

  test("must work again on its data after its certificates have expired and its nodes were stopped", async () => {
    rmSync(certificates(), { recursive: true });
    await loadCertificates([redis], { folder: certificates(), now: new Date(Date.now() - 400 * DAY_MS) });
    for (const instance of NODES) await stack.container(instance).stop({ t: 10 });
    const { notes } = await stack.up();
    expect(notes.join("\n")).toContain("issued the certificate bus of redis anew: it expired on ");
    expect((await verify()).exitCode).toBe(0);
    expect(await redisCommand(stack, ["GET", KEPT])).toBe("still here");
    before = await stack.seen();
  });

  test("whose key was lost must be told by verify and mended by up, again without a restart", async () => {
    const folder = join(certificates(), "redis");
    for (const file of readdirSync(folder)) if (file.endsWith(".key")) rmSync(join(folder, file));
    const ended = await verify();
    expect(ended.exitCode).toBe(4);
    expect(JSON.stringify(failureOf(ended).details["differences"])).toContain("bus.new.crt");
    const { notes } = await stack.up();
    expect(notes.join("\n")).toContain("issued the certificate bus of redis anew: its key is gone");
    expect(await stack.seen()).toEqual(before);
    expect((await verify()).exitCode).toBe(0);
  });
});
