/** The machine's own speed, measured for real, and that each figure follows what it measures. */
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, open, readdir, rm } from "node:fs/promises";
import { createConnection, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type Docker from "dockerode";
import { execa } from "execa";
import { median } from "simple-statistics";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Calibrator, type CalibratorOptions, type Volume } from "../../stack/measure/calibration/calibration.ts";
import { calibrationSchema } from "../../stack/core/results/calibration.ts";
import { insideOf, type Place } from "../../stack/measure/calibration/inside.ts";
import type { RoundTrip } from "../../stack/core/service/scenario.ts";
import { docker, execIn, findImage, LABEL } from "../support/live/docker.ts";
import { describeLive } from "../support/live/server.ts";

const PROBES_MS = 3_000;
/** Not on every machine: the test of it is skipped then. */
const TRACER = "strace";
const INSIDE = [
  "insideCpuStepsPerS",
  "allCpusStepsPerS",
  "insideRttMs",
  "syscallUs",
  "copyMibPerS",
  "writeMibPerS",
  "spawnMs",
] as const;

/** Runs on this host what a service would run in its container; `before` are the words before the command. */
const hostExec =
  (...before: readonly string[]): Place["exec"] =>
  async (argv) => {
    const [command = "", ...rest] = [...before, ...argv];
    const { exitCode = 1, stdout, stderr } = await execa(command, rest, { reject: false });
    return { exitCode, stdout, stderr };
  };

const refused: Place["exec"] = () => Promise.reject(new Error("no such container"));

const hostPlace = (directory: string, exec = hostExec()): Place => ({ instance: "host", cpus: 2, directory, exec });

const calibratorOf = (change: Partial<CalibratorOptions> = {}) =>
  new Calibrator({ signal: new AbortController().signal, roundTrips: [], ...change });

async function arithmeticMs(): Promise<number> {
  const calibrator = calibratorOf();
  await calibrator.start();
  for (let block = 0; block < 20; block += 1) await calibrator.sample();
  await calibrator.close();
  return calibrator.result()?.cpuMs ?? 0;
}

/** A server that answers each message after a while, and a client of it. */
async function serviceThatTakes(delayMs: number) {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on("error", () => socket.destroy());
    socket.on("data", (message) => void sleep(delayMs).then(() => socket.write(message)));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const openTrip = async (): Promise<RoundTrip> => {
    const client = createConnection({ host: "127.0.0.1", port, noDelay: true });
    await once(client, "connect");
    return {
      trip: async () => {
        const answered = once(client, "data");
        client.write("x");
        await answered;
      },
      close: () => Promise.resolve(void client.destroy()),
    };
  };
  return { open: openTrip, close: () => server.close() };
}

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumbline-calibration-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("the calibration", () => {
  test("measures every figure of the machine, and leaves no file", async () => {
    const service = await serviceThatTakes(0);
    const calibrator = calibratorOf({
      inside: insideOf(hostPlace(folder)),
      roundTrips: [{ service: "echo", open: service.open }],
    });
    await calibrator.start();
    await calibrator.probe(PROBES_MS * 4, PROBES_MS * 8);
    for (let block = 0; block < 5; block += 1) await calibrator.sample("echo");
    await calibrator.writes();
    await calibrator.close();
    service.close();
    const result = calibrator.result();
    expect(calibrationSchema.safeParse(result).success).toBe(true);
    expect(result?.notes).toEqual([]);
    for (const figure of [...INSIDE, "syncWriteMs", "loopbackRttMs", "cpuMs"] as const) {
      expect(result?.[figure], figure).toBeGreaterThan(0);
      expect(result?.errors?.[figure] ?? -1, `error of ${figure}`).toBeGreaterThanOrEqual(0);
    }
    expect(result?.publishedRttMs?.["echo"]).toBeGreaterThan(0);
    expect(result?.floors?.syncWriteMs).toBeLessThanOrEqual(result?.syncWriteMs ?? 0);
    expect(await readdir(folder)).toEqual([]);
  });

  test("measures synced writes in every container with a data volume by turns, each for itself", async () => {
    const written: string[] = [];
    const volume = (service: string, ms: number): Volume => ({
      service,
      inside: {
        instance: `${service}-1`,
        syncWrites: async () => {
          written.push(service);
          return [ms, ms, ms];
        },
      },
    });
    const own = insideOf({ ...hostPlace(folder), instance: "store-1" });
    const volumes = [{ service: "store", inside: own }, volume("queue", 4), volume("cache", 9)];
    const calibrator = calibratorOf({ inside: own, volumes });
    await calibrator.start();
    for (let round = 0; round < 6; round += 1) await calibrator.writesInTurn(round);
    await calibrator.close();
    const result = calibrator.result();
    expect(written).toEqual(["queue", "cache", "queue", "cache"]);
    expect(result?.syncWriteMsOf).toEqual({ store: result?.syncWriteMs, queue: 4, cache: 9 });
    expect(result?.notes).toEqual([]);
  });

  test("says why figures are missing, what they would tell, and gives the rest", async () => {
    const calibrator = calibratorOf({ inside: insideOf(hostPlace(folder, refused)) });
    await calibrator.start();
    await calibrator.probe(PROBES_MS, PROBES_MS);
    await calibrator.writes();
    await calibrator.close();
    const notes = calibrator.result()?.notes.join("\n");
    expect(calibrator.result()?.syncWriteMs).toBeUndefined();
    expect(notes).toContain("synced writes were not all measured: no such container");
    expect(notes).toContain("memory copy was not measured: no such container (it tells scans");
    expect(calibrator.result()?.cpuMs).toBeGreaterThan(0);
  });

  test("of the same machine, taken twice, is comparable with itself", async () => {
    const ratio = (await arithmeticMs()) / (await arithmeticMs());
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
  });

  test("gives the round trip to a service as long as its answer takes, and goes on when it ends", async () => {
    const [near, far] = await Promise.all([serviceThatTakes(0), serviceThatTakes(20)]);
    const calibrator = calibratorOf({
      roundTrips: [
        { service: "near", open: near.open },
        { service: "far", open: far.open },
        { service: "gone", open: () => Promise.reject(new Error("connection refused")) },
      ],
    });
    await calibrator.start();
    await calibrator.sample("near", "far");
    await calibrator.close();
    near.close();
    far.close();
    const { publishedRttMs = {}, notes = [] } = calibrator.result() ?? {};
    expect(publishedRttMs["far"]).toBeGreaterThanOrEqual(19);
    expect(publishedRttMs["near"]).toBeLessThan(publishedRttMs["far"] ?? 0);
    expect(publishedRttMs).not.toHaveProperty("gone");
    expect(notes.join()).toContain("round trips to gone were not all measured: connection refused");
  });

  test("times synced writes as fdatasync by another program does, and sees memory as faster than the disk", async () => {
    const [ours, theirs] = [median(await syncWritesIn(folder)), median(await fdatasyncMs(join(folder, "by-node")))];
    expect(ours / theirs).toBeGreaterThan(0.1);
    expect(ours / theirs).toBeLessThan(10);
    expect(median(await syncWritesIn("/dev/shm"))).toBeLessThan(ours);
  });

  const hasTracer = spawnSync(TRACER, ["-f", "-o", "/dev/null", "true"]).status === 0;
  test.skipIf(!hasTracer)("sees system calls and round trips that a tracer makes dear", async () => {
    const [plain, traced] = [await probedWith(), await probedWith(TRACER, "-f", "-qq", "-o", "/dev/null")];
    const ratio = (name: "syscallUs" | "insideRttMs") =>
      median([...(traced.get(name) ?? [0])]) / median([...(plain.get(name) ?? [1])]);
    expect(ratio("syscallUs")).toBeGreaterThan(2);
    expect(ratio("insideRttMs")).toBeGreaterThan(1.5);
  });
});

async function syncWritesIn(directory: string): Promise<readonly number[]> {
  const inside = insideOf(hostPlace(directory));
  return [...(await inside.syncWrites()), ...(await inside.syncWrites()), ...(await inside.syncWrites())];
}

async function probedWith(...before: readonly string[]) {
  const { samples } = await insideOf(hostPlace(folder, hostExec(...before))).probe(PROBES_MS * 10);
  return samples;
}

async function fdatasyncMs(path: string): Promise<readonly number[]> {
  const file = await open(path, "w+");
  const block = Buffer.alloc(8192);
  const durations: number[] = [];
  try {
    for (let write = 0; write < 31; write += 1) {
      const before = performance.now();
      await file.write(block, 0, block.length, 0);
      await file.datasync();
      if (write > 0) durations.push(performance.now() - before);
    }
  } finally {
    await file.close();
    await rm(path);
  }
  return durations;
}

await describeLive("the calibration in containers", ["base"], () => {
  const containers: Docker.Container[] = [];
  afterAll(async () => {
    for (const container of containers) await container.remove({ force: true, v: true });
  });

  async function start(cpus: number): Promise<Docker.Container> {
    const container = await docker.createContainer({
      Image: (await findImage("base")) ?? "",
      Entrypoint: ["sleep", "600"],
      Labels: { [LABEL]: String(process.pid) },
      HostConfig: { NanoCpus: cpus * 1e9, NetworkMode: "none", Memory: 256 * 1024 ** 2 },
    });
    containers.push(container);
    await container.start();
    return container;
  }

  async function measured(cpus: number) {
    const container = await start(cpus);
    const exec: Place["exec"] = (argv, options) => execIn(container, argv, options);
    const probed = await insideOf({ instance: "own", cpus: 2, directory: "/tmp", exec }).probe(15_000);
    await container.stop({ t: 0 });
    return probed;
  }

  test("see a cpu limit on one thread and on all, and measure everything without a network", async () => {
    const [free, held] = [await measured(1), await measured(0.1)];
    expect(free.notes).toEqual([]);
    expect([...free.samples.keys()]).toEqual(expect.arrayContaining([...INSIDE]));
    for (const figure of ["insideCpuStepsPerS", "allCpusStepsPerS"] as const) {
      const [fast, slow] = [free, held].map(({ samples }) => median([...(samples.get(figure) ?? [0])]));
      expect((slow ?? 0) / (fast ?? 1), figure).toBeLessThan(0.6);
    }
  });
});
