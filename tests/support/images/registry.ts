/** A real registry for tests: Debian's docker-registry, unpacked into a folder of its own and run on 127.0.0.1. */
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer, connect } from "node:net";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launchDetached } from "../../../stack/host/captured.ts";
import { runCommand } from "../../../stack/host/run.ts";
import { freePort } from "../live/ports.ts";
import { command } from "./docker.ts";

export interface TestRegistry {
  /** "127.0.0.1:23456": engines take this network for one without TLS. */
  readonly address: string;
  readonly port: number;
  stop(): Promise<void>;
  /** Runs `work` while the registry does not answer. */
  pause<Result>(work: () => Promise<Result>): Promise<Result>;
}

/** Kept from run to run, because fetching the package is what takes long. */
const UNPACKED = join(tmpdir(), "plumbline-test-docker-registry");
const APT_DEADLINE_MS = 120_000;
const START_DEADLINE_MS = 10_000;

/** For `startRegistry(LOGIN)`: only who logs in with these may read and write. */
export const LOGIN = { username: "tester", password: "of-a-test" } as const;
/** The line of `LOGIN` in a file of htpasswd, with bcrypt. */
const HTPASSWD = "tester:$2b$05$mBqj7mM5jQXWhD66IhE/eu1H.tj8MCmEG45gFfS41b96YK8cSnZHO\n";

export async function startRegistry(login?: typeof LOGIN): Promise<TestRegistry> {
  const binary = await registryBinary();
  const folder = await mkdtemp(join(tmpdir(), "plumbline-registry-"));
  const port = await freePort();
  const config = {
    version: 0.1,
    storage: { filesystem: { rootdirectory: join(folder, "data") } },
    http: { addr: `127.0.0.1:${port}` },
    ...(login && { auth: { htpasswd: { realm: "test", path: join(folder, "htpasswd") } } }),
  };
  await writeFile(join(folder, "htpasswd"), HTPASSWD);
  await writeFile(join(folder, "config.yml"), JSON.stringify(config)); // JSON is YAML
  const pid = await launchDetached([binary, "serve", join(folder, "config.yml")], join(folder, "log"), process.env);
  if (pid === undefined) throw new Error("the registry did not start");
  await answers(`http://127.0.0.1:${port}/v2/`);
  return {
    address: `127.0.0.1:${port}`,
    port,
    pause: async (work) => {
      process.kill(pid, "SIGSTOP");
      try {
        return await work();
      } finally {
        process.kill(pid, "SIGCONT");
      }
    },
    stop: async () => {
      process.kill(pid, "SIGTERM");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export interface CuttingProxy {
  readonly address: string;
  /** Connections that were cut. */
  cuts(): number;
  close(): Promise<void>;
}

/** Passes bytes on to `port`, and cuts `times` connections after `limit` bytes of an answer. */
export async function cuttingProxy(port: number, limit: number, times: number): Promise<CuttingProxy> {
  let cuts = 0;
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(port, "127.0.0.1");
    let passed = 0;
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        open.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.pipe(upstream);
    upstream.on("data", (piece: Buffer) => {
      passed += piece.length;
      client.write(piece);
      if (passed <= limit || cuts >= times) return;
      cuts += 1;
      client.destroy();
    });
  });
  const own = await freePort();
  await new Promise<void>((resolve) => server.listen(own, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${own}`,
    cuts: () => cuts,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

async function registryBinary(): Promise<string> {
  const binary = join(UNPACKED, "usr", "bin", "docker-registry");
  if ((await runCommand([binary, "--version"], { timeoutMs: START_DEADLINE_MS })).ok) return binary;
  await rm(UNPACKED, { recursive: true, force: true });
  await mkdir(UNPACKED, { recursive: true });
  const download = () =>
    runCommand(["apt-get", "download", "docker-registry"], { cwd: UNPACKED, timeoutMs: APT_DEADLINE_MS });
  if (!(await download()).ok) {
    await command(["apt-get", "update"], APT_DEADLINE_MS);
    const second = await download();
    if (!second.ok) throw new Error(`no docker-registry package: ${second.stderr}`);
  }
  const archive = (await readdir(UNPACKED)).find((name) => name.endsWith(".deb")) ?? "";
  await command(["dpkg-deb", "--extract", join(UNPACKED, archive), UNPACKED]);
  return binary;
}

async function answers(url: string): Promise<void> {
  const until = Date.now() + START_DEADLINE_MS;
  while (Date.now() < until) {
    const ok = await fetch(url).then(
      (response) => response.ok || response.status === 401, // it wants a login
      () => false,
    );
    if (ok) return;
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
  }
  throw new Error(`${url} does not answer`);
}
