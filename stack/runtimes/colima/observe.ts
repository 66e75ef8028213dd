/** What is known about a machine without changing it. */
import { PlumblineError } from "../../core/errors.ts";
import type { Engine } from "../../core/machine/engine.ts";
import type { MachineState, MachineWish } from "../../core/machine/machine.ts";
import { bytes } from "../../core/units.ts";
import type { Machine } from "./machine.ts";
import { dataDisk, listed, readConfig, recordedDisk, remainsOf, unmounted } from "./records.ts";
import type { Row } from "./records.ts";
import { whyUnusable } from "./start.ts";

/** Resolves the state of the machine. Changes nothing, and is done within seconds also if its guest hangs. */
export async function observe(machine: Machine, open: () => Promise<Engine>): Promise<MachineState> {
  const { host, command, place, deadlines, folders } = machine;
  if ((await host.which("colima")) === undefined) return { state: "absent" };
  const row = await listed(host, command, place, deadlines);
  if (!row) {
    const remains = await remainsOf(machine);
    return { state: "absent", ...(remains === undefined ? {} : { remains }) };
  }
  if (row.status === "Stopped") return { state: "stopped", configured: await configured(machine, row) };
  if (row.status !== "Running")
    return { state: "broken", reason: "its host agent is gone (the computer was restarted)" };
  const unseen = unmounted(host, await readConfig(host, place.stateFile), folders);
  if (unseen.length > 0) {
    return { state: "broken", reason: `it does not mount ${unseen.join(", ")}: containers would see empty folders` };
  }
  try {
    const [engine, wish] = await Promise.all([open(), configured(machine, row)]);
    return { state: "running", configured: wish, facts: await engine.facts() };
  } catch (error) {
    if (!(error instanceof PlumblineError)) throw error;
    return { state: "broken", reason: await whyUnusable(machine, error) };
  }
}

/** Takes the disk size from Lima, because Colima's list only repeats the requested size. */
export async function configured({ host, command, place, deadlines }: Machine, row: Row): Promise<MachineWish> {
  const real = await dataDisk(command, place, deadlines);
  const recorded = real ?? recordedDisk(await readConfig(host, place.stateFile));
  return { cpus: row.cpus, memory: bytes(row.memory), disk: recorded ?? bytes(row.disk) };
}

/** The whole command has to end within 5 s. */
const RUNS_ON_MS = 1_500;

/** Resolves what an interrupted run leaves running, for people. */
export async function whatRunsOn({ host, command, place, deadlines }: Machine): Promise<string> {
  const name = `the machine ${place.profile}`;
  try {
    const row = await listed(host, command, place, { ...deadlines, askMs: RUNS_ON_MS });
    if (row === undefined || row.status === "Stopped") return `${name} does not run`;
    return `${name} runs on (Colima lists it as ${row.status}): \`npm run down -- --machine\` stops it`;
  } catch {
    return `whether ${name} runs on could not be asked: \`colima list\` shows it`;
  }
}
