import { request } from "node:http";
import { z } from "zod";
import { unlockDisk } from "./disk.ts";
import type { Place } from "./place.ts";
import { endProxies } from "./proxy.ts";
import { writeVm, type Vm } from "./records.ts";
import type { World } from "./world.ts";

/** The processes of the VM end, and with them every container inside: Compose made them without a restart policy. */
export async function powerOff(world: World, place: Place, vm: Vm): Promise<void> {
  writeVm(place, { ...vm, power: "Stopped", responds: true });
  unlockDisk(place.diskDirectory);
  endProxies(world, place);
  await stopProject(world);
}

const Containers = z.array(z.object({ Id: z.string() }));

async function stopProject({ knobs: { engineSocket, project } }: World): Promise<void> {
  if (engineSocket === undefined || project === undefined) return;
  const filters = { label: [`com.docker.compose.project=${project}`], status: ["running", "paused", "restarting"] };
  const list = `/containers/json?filters=${encodeURIComponent(JSON.stringify(filters))}`;
  const running = Containers.parse(JSON.parse(await call(engineSocket, "GET", list)));
  await Promise.all(running.map(async ({ Id }) => call(engineSocket, "POST", `/containers/${Id}/stop?t=5`)));
}

async function call(socketPath: string, method: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, method, path, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("end", () => resolve(Buffer.concat(chunks).toString()));
    });
    sent.on("error", reject);
    sent.end();
  });
}
