/** The entry point of a thread of the load generator. */
import { parentPort, workerData } from "node:worker_threads";
import { serveOrders } from "../load/thread.ts";
import type { Bench, Scenario } from "../core/service/scenario.ts";
import type { Target } from "../core/service/service.ts";
import { registry } from "../services/index.ts";
import { threadDataSchema, type ThreadData } from "./load-threads.ts";

const data = threadDataSchema.parse(workerData);
const benches = new Map<string, Promise<Bench>>();

if (parentPort) serveOrders(parentPort, find);

async function find(name: string): Promise<Scenario> {
  const [service = ""] = name.split("/", 1);
  const bench = benches.get(service) ?? benchOf(service);
  benches.set(service, bench);
  const scenario = (await bench).scenarios.find((candidate) => candidate.name === name);
  if (!scenario) throw new Error(`this thread knows no scenario ${name}`);
  return scenario;
}

async function benchOf(name: string): Promise<Bench> {
  const given = data.services.find((service) => service.name === name);
  const service = registry.get(name);
  if (!given || !service) throw new Error(`this thread knows no service ${name}`);
  const live = await service.configure(given.options).live();
  if (!live.bench) throw new Error(`${name} is not measured`);
  return live.bench(given.targets.map((target) => targetOf(target, given)));
}

type Given = ThreadData["services"][number];

function targetOf({ instance, host, address, ports }: Given["targets"][number], given: Given): Target {
  return {
    neighbours: given.neighbours,
    instance,
    host,
    address,
    port: (name) => {
      const port = ports[name];
      if (port === undefined) throw new Error(`${instance} publishes no port ${name}`);
      return port;
    },
    credentials: (service, name) => {
      const credential = given.credentials[`${service}.${name}`];
      if (!credential) throw new Error(`this thread has no credential ${service}.${name}`);
      return credential;
    },
    exec: () => Promise.reject(new Error("commands in containers are for the main thread")),
  };
}
