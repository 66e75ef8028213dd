/** The load generator's threads for a stack. Each thread creates the scenarios again from the stack's data. */
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { z } from "zod";
import { threadsOf, underLoad, type Load } from "../load/load.ts";
import { startThreads, type LoadThreads } from "../load/threads.ts";
import type { Desired } from "../core/desire/desire.ts";
import type { Bench } from "../core/service/scenario.ts";
import type { Target } from "../core/service/service.ts";
import type { World } from "../converge/observe.ts";

/** Runs a TypeScript file as commands are run: from its bundle, or through the loader if there is none. */
const LAUNCHER = fileURLToPath(new URL("../../scripts/bootstrap.mjs", import.meta.url));
const THREAD = "stack/measure/load-thread.ts";

const credentialSchema = z.strictObject({
  user: z.string(),
  password: z.string(),
  scramSha256: z.string(),
  sha256: z.string(),
  saltedSha256: z.string(),
});

const neighbourSchema = z.strictObject({
  instances: z
    .array(z.strictObject({ name: z.string(), host: z.string(), ports: z.record(z.string(), z.number()) }).readonly())
    .readonly(),
  options: z.record(z.string(), z.unknown()).readonly(),
  credentials: z.array(z.string()).readonly(),
});

/**
 * The data that a thread starts with. It is copied in memory, never passed as an argument that a process list would
 * show.
 */
export const threadDataSchema = z.strictObject({
  services: z.array(
    z.strictObject({
      name: z.string(),
      options: z.unknown(),
      neighbours: z.record(z.string(), neighbourSchema),
      /** The credentials that the service may use, by "<service>.<name>". */
      credentials: z.record(z.string(), credentialSchema),
      targets: z.array(
        z.strictObject({
          instance: z.string(),
          host: z.string(),
          address: z.string(),
          ports: z.record(z.string(), z.number()),
        }),
      ),
    }),
  ),
});

export type ThreadData = z.infer<typeof threadDataSchema>;

interface Loaded {
  readonly desired: Desired;
  readonly world: Pick<World, "credentials">;
  /** Targets by service. */
  readonly targets: ReadonlyMap<string, readonly Target[]>;
  readonly benches: readonly { readonly bench: Bench }[];
  readonly load: Load;
}

/**
 * Starts the threads that the load asks for, and ends them when `use` has settled. Starts none if the load asks for
 * none, or if no scenario allows sharing its clients. Rejects if a thread cannot start.
 */
export async function withLoadThreads<Result>(
  stack: Loaded,
  use: (threads: { readonly threads?: LoadThreads }) => Promise<Result>,
): Promise<Result> {
  const { benches, load } = stack;
  const scenarios = benches.flatMap(({ bench }) => bench.scenarios.map((scenario) => underLoad(scenario, load)));
  const most = Math.max(1, ...scenarios.map((scenario) => threadsOf(scenario, load)));
  if (most === 1) return use({});
  const workerData = threadData(stack);
  const threads = await startThreads(most, () => new Worker(LAUNCHER, { argv: [THREAD], workerData }));
  try {
    return await use({ threads });
  } finally {
    await threads.close();
  }
}

function threadData({ desired, targets, world }: Loaded): ThreadData {
  return {
    services: desired.services.flatMap(({ name, instances, definition }) => {
      const portsOf = ({ instance, port }: Target) => {
        const { ports = [] } = instances.find((candidate) => candidate.name === instance) ?? {};
        return Object.fromEntries(ports.map(({ name }) => [name, port(name)]));
      };
      const found = targets.get(name) ?? [];
      const given = found.map((target) => {
        const { instance, host, address } = target;
        return { instance, host, address, ports: portsOf(target) };
      });
      const [target] = found;
      if (!target) return [];
      const { neighbours } = target;
      const own = definition.credentials.map((spec) => [name, spec.name] as const);
      const shared = Object.entries(neighbours).flatMap(([owner, neighbour]) =>
        neighbour.credentials.map((credential) => [owner, credential] as const),
      );
      const credentials = [...own, ...shared].flatMap(([of, id]) => {
        const credential = world.credentials.find(of, id);
        return credential ? [[`${of}.${id}`, { ...credential }] as const] : [];
      });
      return [
        {
          name,
          options: desired.profile.services[name],
          neighbours,
          credentials: Object.fromEntries(credentials),
          targets: given,
        },
      ];
    }),
  };
}
