/** A thread of the load generator for tests: the scenario on a server of the test, and one that keeps its core busy. */
import { parentPort, workerData } from "node:worker_threads";
import { z } from "zod";
import { serveOrders } from "../../../stack/load/thread.ts";
import { busy, scenario } from "./tcp.ts";

const { port } = z.object({ port: z.number() }).parse(workerData);
const quiet = scenario(port, 1);
const scenarios = [quiet, busy(quiet)];

if (parentPort) {
  serveOrders(parentPort, async (name) => {
    const found = scenarios.find((candidate) => candidate.name === name);
    if (!found) throw new Error(`no scenario ${name}`);
    return found;
  });
}
