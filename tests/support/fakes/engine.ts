/** A Docker engine in memory: it remembers what is done to it, and refuses what a real one would refuse. */
import type { WrittenByImage } from "../../../stack/core/service/data-version.ts";
import { PlumblineError } from "../../../stack/core/errors.ts";
import type { Counters } from "../../../stack/core/machine/counters.ts";
import type {
  ContainerCpu,
  Engine,
  EngineContainers,
  Guests,
  NamedContainer,
} from "../../../stack/core/machine/engine.ts";
import type { MachineFacts, ObservedContainer } from "../../../stack/core/machine/facts.ts";
import type { ExecOptions, ExecResult } from "../../../stack/core/machine/exec.ts";
import type { Share } from "../../../stack/core/service/service.ts";
import { bytes, gib } from "../../../stack/core/units.ts";
import type { Bytes } from "../../../stack/core/units.ts";
import { fakeImages } from "./engine-images.ts";
import type { FakeImages } from "./engine-images.ts";

/** What the engine holds: a test sets it up, and looks at it afterwards. */
export interface EngineWorld {
  facts: MachineFacts;
  clockAheadMs: number;
  containers: ObservedContainer[];
  strays: NamedContainer[];
  /** Containers of others that run, besides those of the stack. */
  readonly othersRunning: NamedContainer[];
  networks: string[];
  guests: Guests;
  volumes: string[];
  /** Volumes without Plumbline's labels, as a person makes them to restore a backup. */
  readonly restored: string[];
  /** Volumes without a file. */
  readonly empty: Set<string>;
  /** Volumes on which no server has ever answered. */
  readonly unfinished: Set<string>;
  /** By volume: the image whose server last answered on it. */
  readonly writtenBy: Map<string, WrittenByImage>;
  /** By container id. */
  readonly logs: Map<string, readonly string[]>;
  readonly limits: Map<string, Share>;
  /** Texts of files in containers, by id and path: "c1 /data/auto.conf". */
  readonly files: Map<string, string>;
  readonly memoryUse: Map<string, Bytes>;
  readonly counters: Map<string, Counters>;
  /** Of all containers of the engine, this stack's and others. */
  readonly cpuTimes: ContainerCpu[];
  /** Ids of containers in which the kernel ended a process. */
  readonly outOfMemory: string[];
  /** Instances that were stopped by their own signal, in order. */
  readonly stoppedGracefully: string[];
  /** Instances that were restarted, in order. */
  readonly restarted: string[];
  /** Instances that do not stop. */
  readonly stubborn: Set<string>;
  /** Answers commands inside of containers. */
  exec: (container: ObservedContainer, argv: readonly string[], options: ExecOptions) => Promise<ExecResult>;
}

export interface FakeEngine extends Engine {
  readonly world: EngineWorld;
  readonly images: FakeImages;
}

/** An empty engine, with `parts` of its world as a test wants them. */
export function fakeEngine(parts: Partial<EngineWorld> = {}): FakeEngine {
  const world: EngineWorld = { ...emptyWorld(), ...parts };
  return {
    world,
    address: "unix:///nowhere/docker.sock",
    images: fakeImages(),
    firstStarts: {
      begin: async (project, key) => {
        const name = `${project}-${key}`;
        if (world.volumes.includes(name)) return;
        world.volumes.push(name);
        world.unfinished.add(name);
      },
      unfinished: async () => world.volumes.filter((name) => world.unfinished.has(name)),
      finish: async (name) => void world.unfinished.delete(name),
      discard: async (_project, name) => {
        if (world.volumes.includes(name) && !world.unfinished.has(name)) throw refused(`${name} may hold data`);
        world.volumes = world.volumes.filter((volume) => volume !== name);
      },
    },
    writtenBy: {
      all: async () => new Map([...world.writtenBy].filter(([name]) => world.volumes.includes(name))),
      note: async (_project, volume, image) => void world.writtenBy.set(volume, image),
      forget: async (volume) => void world.writtenBy.delete(volume),
    },
    ping: async () => {},
    facts: async () => world.facts,
    clockAheadMs: async () => world.clockAheadMs,
    ...containersIn(world),
    volumes: async () => world.volumes.toSorted(),
    namedVolumes: async () => [...world.volumes, ...world.restored].toSorted(),
    madeVolumes: async () => world.volumes.toSorted().map((name) => ({ name })),
    sizesOf: async (names) =>
      new Map(names.flatMap((name) => (world.empty.has(name) ? [[name, bytes(0)]] : [[name, bytes(1)]]))),
    volumeSizes: async () => world.volumes.toSorted().map((name) => ({ name })),
    removeVolume: async (name) => {
      world.volumes = world.volumes.filter((volume) => volume !== name);
      world.unfinished.delete(name);
    },
    forgetLostVolumes: async () => {
      for (const noted of [world.unfinished, world.writtenBy])
        for (const name of noted.keys()) if (!world.volumes.includes(name)) noted.delete(name);
    },
    networks: async () => world.networks.toSorted(),
    bridges: async () => world.networks.map((name) => `br-${name}`),
    guests: async () => world.guests,
    guestContainers: async () => world.guests.containers,
    removeNetwork: async (name) => {
      const attached = world.guests.containers.some(({ networks }) => networks.includes(name));
      if (attached || world.containers.length > 0) throw refused(`${name} has active endpoints`);
      world.networks = world.networks.filter((network) => network !== name);
    },
  };
}

function containersIn(world: EngineWorld): EngineContainers {
  const find = (id: string) => world.containers.find((container) => container.id === id);
  const running = (id: string) => {
    const found = find(id);
    if (found?.state === "running") return found;
    throw exited(found ? `container ${found.instance} is not running` : `no such container: ${id}`);
  };
  const change = (id: string, parts: Partial<ObservedContainer>) => {
    world.containers = world.containers.map((container) =>
      container.id === id ? { ...container, ...parts } : container,
    );
  };
  const stop = async (id: string) => {
    const found = find(id);
    if (found?.state !== "running" && found?.state !== "restarting") return;
    if (world.stubborn.has(found.instance)) throw new Error(`${found.instance} does not stop`);
    world.stoppedGracefully.push(found.instance);
    change(id, { state: "exited", exitCode: 0 });
  };
  const limitsOf = (id: string): Share => {
    const { memoryLimit, cpuLimit } = running(id);
    return world.limits.get(id) ?? { memory: memoryLimit, cpus: cpuLimit };
  };
  return {
    containers: async () => world.containers,
    runningContainers: async () => [
      ...world.containers
        .filter(({ state }) => state === "running")
        .map(({ id, instance }) => ({ id, name: instance })),
      ...world.othersRunning,
    ],
    strays: async () => world.strays,
    logs: async (id, lines) => (world.logs.get(id) ?? []).slice(-lines),
    readFile: async (id, path) => world.files.get(`${id} ${path}`),
    replaceFile: async (id, path, { text, copy }) => {
      const before = world.files.get(`${id} ${path}`);
      if (before === undefined) throw refused(`no file ${path}`);
      world.files.set(`${id} ${path.replace(/[^/]*$/, copy)}`, before);
      world.files.set(`${id} ${path}`, text);
    },
    exec: async (id, argv, options = {}) => world.exec(running(id), argv, options),
    updateLimits: async (id, share) => {
      running(id);
      world.limits.set(id, share);
      change(id, { memoryLimit: share.memory, swapLimit: share.memory, cpuLimit: share.cpus });
    },
    effectiveLimits: async (id) => limitsOf(id),
    memoryUse: async (id) => world.memoryUse.get(running(id).id) ?? bytes(0),
    cpuTimes: async (except) => world.cpuTimes.filter(({ id }) => !except.includes(id)),
    counters: async (id) => {
      running(id);
      const read = async () => {
        const counters = world.counters.get(id);
        if (!counters) throw refused(`this world has no counters of ${id}`);
        return counters;
      };
      return { read, close: () => {} };
    },
    oomSince: async () => world.outOfMemory,
    restart: async (id) => {
      const { instance } = find(id) ?? { instance: undefined };
      if (instance === undefined) throw exited(`no such container: ${id}`);
      world.restarted.push(instance);
      change(id, { state: "running" });
    },
    remove: async (id) => {
      await stop(id);
      world.containers = world.containers.filter((container) => container.id !== id);
      world.strays = world.strays.filter((stray) => stray.id !== id);
    },
  };
}

function emptyWorld(): EngineWorld {
  return {
    facts: FACTS,
    clockAheadMs: 0,
    containers: [],
    strays: [],
    othersRunning: [],
    networks: [],
    guests: { containers: [], volumes: [], networks: [] },
    volumes: [],
    restored: [],
    empty: new Set(),
    unfinished: new Set(),
    writtenBy: new Map(),
    logs: new Map(),
    limits: new Map(),
    files: new Map(),
    memoryUse: new Map(),
    counters: new Map(),
    cpuTimes: [],
    outOfMemory: [],
    stoppedGracefully: [],
    restarted: [],
    stubborn: new Set(),
    exec: async (_container, argv) => ({ exitCode: 127, stdout: "", stderr: `${argv[0] ?? ""}: not found` }),
  };
}

const FACTS: MachineFacts = {
  cpus: 4,
  memory: gib(8),
  architecture: "x86_64",
  kernel: "6.1.0",
  operatingSystem: "Debian GNU/Linux 12 (bookworm)",
  cgroupVersion: 2,
  storageDriver: "overlay2",
  engineVersion: "28.0.0",
};

function exited(why: string): PlumblineError {
  return new PlumblineError("SERVICE_EXITED", { what: "Could not use the container", why, fix: "Start it." });
}

function refused(why: string): PlumblineError {
  return new PlumblineError("ENGINE_REFUSED", { what: "The engine refused", why, fix: "Put the world right." });
}
