/** Real servers for live tests: containers made of what a service declares, as its compose.yaml would make them. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type Docker from "dockerode";
import { describe, test } from "vitest";
import type {
  ConfiguredService,
  ContainerInput,
  LiveService,
  Share,
  Target,
} from "../../../stack/core/service/service.ts";
import type { Setting } from "../../../stack/core/service/setting.ts";
import { certificateSettings } from "../../../stack/core/desire/desire.ts";
import { loadCertificates, type Certificates } from "../../../stack/records/certificates/store.ts";
import { credentialsFor, grantsOf, neighboursOf, wiringOf } from "../../../stack/core/service/wiring.ts";
import { gib } from "../../../stack/core/units.ts";
import { NO_GRANTS } from "../core/steps.ts";
import type { Workload } from "../../../stack/core/service/workload.ts";
import { containerOptions } from "./container.ts";
import { generateCredentials, lookUp } from "./credentials.ts";
import { docker, execIn, findImage, LABEL, logsOf, removeLeftovers, whyNoEngine } from "./docker.ts";
import { freePort } from "./ports.ts";

/** What formulas are told about the machine; the limits of the containers are those of each test's share. */
export const MACHINE = { cpus: 2, memory: gib(8) } as const;
export const WORKLOAD: Workload = { kind: "web", clients: 8, connections: 20 };

/** How long a server may take from its start to its first answer: first initialisation on a busy two-core machine. */
const ANSWER_DEADLINE_MS = 120_000;
const RETRY_MS = 100;
const STOP_GRACE_SECONDS = 30;

export interface StartOptions {
  /** The service's first instance when not given. */
  readonly instance?: string;
  readonly share: Share;
  readonly workload?: Workload;
  /** Settings in place of those that `tune` answers. */
  readonly settings?: readonly Setting[];
  /** Image in place of the newest one made from the service's recipe. */
  readonly image?: string;
}

/** One instance of a service in a container of its own. */
export interface Server {
  readonly target: Target;
  readonly container: Docker.Container;
  readonly input: ContainerInput;
  readonly settings: readonly Setting[];
  /** Writes the conf files for other settings, as is done before `Connection.apply`. */
  rewrite(settings: readonly Setting[]): Promise<void>;
  /** The last lines that the container wrote. */
  logs(lines?: number): Promise<string>;
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** A network with servers on it, and their credentials. */
export interface Lab {
  readonly network: string;
  /** Starts one instance; the server in it may not answer yet. */
  start(service: ConfiguredService, options: StartOptions): Promise<Server>;
  /** Starts every instance, runs the one-time steps, and waits until the service is ready. */
  up(service: ConfiguredService, options: Omit<StartOptions, "instance">): Promise<RunningService>;
  /** Removes everything. */
  close(): Promise<void>;
}

export interface RunningService {
  readonly live: LiveService;
  readonly servers: readonly Server[];
  readonly targets: readonly Target[];
  readonly prepared: readonly string[];
}

/** Opens a network and makes credentials for all services that will be on it. */
export async function openLab(services: readonly ConfiguredService[]): Promise<Lab> {
  await removeLeftovers();
  const folder = await mkdtemp(join(tmpdir(), "plumbline-live-"));
  const id = folder.slice(-6).toLowerCase();
  const labels = { [LABEL]: String(process.pid) };
  const network = await docker.createNetwork({ Name: `plumbline-live-${id}`, Labels: labels });
  const credentials = lookUp(generateCredentials(services));
  // Instances of a service start at once, and share its certificates.
  const issued = new Map<string, Promise<Certificates>>();
  const once = (service: string, issue: () => Promise<Certificates>) => {
    const known = issued.get(service) ?? issue();
    issued.set(service, known);
    return known;
  };
  const undo: (() => Promise<unknown>)[] = [() => network.remove(), () => rm(folder, { recursive: true, force: true })];

  const start = async (service: ConfiguredService, options: StartOptions): Promise<Server> => {
    const { share, workload = WORKLOAD, instance = service.instances[0] ?? service.name } = options;
    const certificates = join(folder, "certificates");
    const { store } = await once(service.name, () =>
      loadCertificates([service], { folder: certificates, now: new Date() }),
    );
    const settings = options.settings ?? [
      ...service.tune({ share, machine: MACHINE, workload }),
      ...certificateSettings(service, store),
    ];
    const ports = new Map<string, { container: number; host: number }>();
    for (const port of service.ports.filter((port) => port.instance === instance)) {
      ports.set(port.name, { container: port.container, host: await freePort() });
    }
    const hostPort = (of: string, name: string): number => {
      const port = of === instance ? ports.get(name) : undefined;
      if (!port) throw new Error(`${of} has no port ${name} in this test`);
      return port.host;
    };
    const input: ContainerInput = {
      instance,
      share,
      settings,
      workload,
      credentials: credentialsFor(service, wiringOf(services), credentials),
      neighbours: neighboursOf(service, wiringOf(services)),
      grants: grantsOf(service, wiringOf(services), credentials),
      hostPort,
    };
    const name = `plumbline-live-${id}-${instance}`;
    const home = join(folder, instance);
    await writeConf(home, service, input);
    const spec = service.container(input);
    await writeSecrets(home, spec.secrets, credentials);
    for (const { path, text } of spec.secretFiles ?? []) {
      const file = join(home, "secret-files", path);
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      await writeFile(file, text, { mode: 0o444 });
    }
    const volumes = Object.values(spec.volumes).map((volume) => `${name}-${volume}`);
    undo.unshift(() => removeVolumes(volumes));
    for (const volume of volumes) await docker.createVolume({ Name: volume, Labels: labels });
    const image = options.image ?? (await findImage(service.name));
    const container = await docker.createContainer(
      containerOptions({
        name,
        image: image ?? "",
        labels,
        network: `plumbline-live-${id}`,
        home,
        spec,
        input,
        ports,
        ...(service.certificates.length > 0 ? { certificates: join(certificates, service.name) } : {}),
      }),
    );
    undo.unshift(() => container.remove({ force: true, v: true }));
    return startServer(container, { input, home, service, network: `plumbline-live-${id}` });
  };

  return {
    network: `plumbline-live-${id}`,
    start,
    up: (service, options) => bringUp(service, (instance) => start(service, { ...options, instance })),
    close: async () => {
      const failures: unknown[] = [];
      for (const step of undo.splice(0)) await step().catch((error: unknown) => failures.push(error));
      if (failures.length > 0) throw new AggregateError(failures, "the lab could not be removed whole");
    },
  };
}

/** Tries again until it does not throw. Rejects with the last reason. */
export async function eventually<T>(attempt: () => Promise<T>, deadlineMs = ANSWER_DEADLINE_MS): Promise<T> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > end) throw error;
      await sleep(RETRY_MS);
    }
  }
}

/**
 * `describe` for tests that need real servers: where no engine answers, or an image is not there, the tests are skipped
 * and the reason is printed. To be awaited.
 */
export async function describeLive(title: string, recipes: readonly string[], body: () => void): Promise<void> {
  const reason = (await whyNoEngine()) ?? (await whyNoImages(recipes));
  if (reason === undefined) {
    describe(title, body);
    return;
  }
  process.stderr.write(`skipped: ${title}: ${reason}\n`);
  test.skip(`${title} (${reason})`);
}

async function whyNoImages(recipes: readonly string[]): Promise<string | undefined> {
  for (const recipe of recipes) {
    if ((await findImage(recipe)) === undefined) return `no image plumbline…/${recipe} is present`;
  }
  return undefined;
}

async function bringUp(
  service: ConfiguredService,
  start: (instance: string) => Promise<Server>,
): Promise<RunningService> {
  const live = await service.live();
  const servers = await Promise.all(service.instances.map(start));
  const targets = servers.map(({ target }) => target);
  try {
    await Promise.all(targets.map((target) => eventually(async () => (await live.connect(target)).close())));
    const prepared = await live.prepare(targets, { ...NO_GRANTS, grants: servers[0]?.input.grants ?? [] });
    await eventually(() => live.ready(targets));
    return { live, servers, targets, prepared };
  } catch (error) {
    const logs = await Promise.all(servers.map((server) => server.logs()));
    throw new Error(`${service.name} did not come up: ${String(error)}\n${logs.join("\n")}`, { cause: error });
  }
}

interface Made {
  readonly input: ContainerInput;
  readonly home: string;
  readonly service: ConfiguredService;
  readonly network: string;
}

async function startServer(container: Docker.Container, { input, home, service, network }: Made): Promise<Server> {
  let address = "";
  const start = async (): Promise<void> => {
    await container.start();
    address = (await container.inspect()).NetworkSettings.Networks[network]?.IPAddress ?? "";
  };
  await start();
  return {
    container,
    input,
    settings: input.settings,
    target: {
      instance: input.instance,
      host: "127.0.0.1",
      port: (name) => input.hostPort(input.instance, name),
      get address() {
        return address;
      },
      credentials: input.credentials,
      neighbours: input.neighbours,
      exec: (argv, options) => execIn(container, argv, options),
    },
    rewrite: (settings) => writeConf(home, service, { ...input, settings }),
    logs: (lines = 40) => logsOf(container, lines),
    stop: async () => {
      await container.stop({ t: STOP_GRACE_SECONDS });
    },
    start,
  };
}

/** Replaces the files one by one inside the mounted folder, so that the container sees them. */
async function writeConf(home: string, service: ConfiguredService, input: ContainerInput): Promise<void> {
  for (const { path, text, bytes } of service.files(input)) {
    const file = join(home, "conf", path);
    await mkdir(dirname(file), { recursive: true, mode: 0o755 });
    await writeFile(file, text ?? bytes, { mode: 0o644 });
  }
  await mkdir(join(home, "conf"), { recursive: true });
}

async function writeSecrets(home: string, names: readonly string[], credentials: Target["credentials"]): Promise<void> {
  await mkdir(join(home, "secrets"), { recursive: true, mode: 0o700 });
  for (const name of names) {
    const [service = "", credential = ""] = name.split(".");
    await writeFile(join(home, "secrets", name), credentials(service, credential).password, { mode: 0o600 });
  }
}

async function removeVolumes(names: readonly string[]): Promise<void> {
  await Promise.all(names.map((name) => docker.getVolume(name).remove()));
}
