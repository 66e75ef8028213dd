/** The runtime `colima`: a virtual machine that Plumbline creates, sizes and stops, with an engine inside. */
import { PlumblineError } from "../../core/errors.ts";
import type { Detection, Runtime } from "../../core/machine/runtime.ts";
import type { MachineAction, MachineState, MachineWish } from "../../core/machine/machine.ts";
import type { Engine } from "../../core/machine/engine.ts";
import { ENGINE_SOCKET } from "../../core/service/container.ts";
import { bytes, formatBytes } from "../../core/units.ts";
import { realHost } from "../../host/host.ts";
import type { Host } from "../../host/host.ts";
import { parseVersion } from "./arguments.ts";
import { DEADLINES, outputOf } from "./command.ts";
import type { Deadlines } from "./command.ts";
import { diagnoseMachine } from "./diagnose.ts";
import { lookInside } from "./inside.ts";
import type { Inside } from "./inside.ts";
import { openMachine } from "./machine.ts";
import type { Machine } from "./machine.ts";
import { dataDisk, listed, readConfig, recordedDisk, unmounted } from "./records.ts";
import type { Row } from "./records.ts";
import { bringUp, whyUnusable } from "./start.ts";
import { deleteMachine, stopMachine } from "./stop.ts";
import { registryCredentials } from "../../host/registry-credentials.ts";
import { openEngine } from "../../docker/engine.ts";
import { composeDeployer, publishedHere } from "../compose/deployer.ts";

export interface ColimaOptions {
  /** One Colima profile per stack: "plumbline" for the default stack, otherwise "plumbline-<stack>". */
  readonly stack: string;
  readonly host?: Host;
  /** Folders whose files are mounted into containers; default: the current one. */
  readonly folders?: readonly string[];
  readonly deadlines?: Partial<Deadlines>;
}

export function colimaRuntime({ stack, host = realHost(), folders, deadlines }: ColimaOptions): Runtime {
  let opened: Promise<Machine> | undefined;
  const machine = () => {
    opened ??= openMachine({
      host,
      stack,
      folders: folders ?? [process.cwd()],
      deadlines: { ...DEADLINES, ...deadlines },
    });
    return opened;
  };
  // Cached, because it changes only with a start, and reading it takes several SSH sessions.
  let inside: Promise<Inside | undefined> | undefined;
  const look = async () => {
    const { command, place, deadlines } = await machine();
    inside ??= lookInside(command, place, deadlines);
    return inside;
  };
  let engine: Promise<Engine> | undefined;
  const open = async () => {
    engine ??= machine().then((made) => engineInside(made, look));
    try {
      return await engine;
    } catch (error) {
      engine = undefined; // forgets the failure: the machine may be started before the next call
      throw error;
    }
  };
  const forget = () => {
    inside = undefined;
    engine = undefined;
  };
  return {
    name: "colima",
    features: { machine: true, mounts: true },
    detect: () => detect(host),
    observe: async () => observe(await machine(), open),
    apply: async (action, note, signal) => {
      forget();
      await interruptible(signal, bringUp(await machine(), { wish: action.wish, anew: isAnew(action), note, signal }));
    },
    limits: (wish, state) => limits(host, wish, state),
    engine: open,
    deploy: composeDeployer({ engine: open, env: host.env }),
    endpoint: publishedHere,
    diagnose: async () => diagnoseMachine(await machine(), await observe(await machine(), open)),
    teardown: async ({ remove }) => {
      forget();
      if (remove) await deleteMachine(await machine(), ignore);
      else await stopMachine(await machine(), ignore);
    },
  };
}

const DETECT_DEADLINE_MS = 20_000;

async function detect(host: Host): Promise<Detection> {
  for (const [program, fix] of PROGRAMS) {
    if ((await host.which(program)) === undefined) {
      return { ok: false, why: `${program} is not installed`, fix, absent: program === "colima" };
    }
  }
  const [list, version] = await Promise.all([
    host.run(["colima", "list", "--json"], { timeoutMs: DETECT_DEADLINE_MS }),
    host.run(["colima", "version"], { timeoutMs: DETECT_DEADLINE_MS }),
  ]);
  if (list.ok) return { ok: true, detail: `colima ${parseVersion(version.stdout).join(".")}` };
  if (/must not run as the root user/.test(outputOf(list))) {
    return { ok: false, why: "Lima refuses to run as root", fix: "Run Plumbline as an ordinary user." };
  }
  const why = outputOf(list).trim().split("\n").at(-1) ?? "";
  return { ok: false, why: `\`colima list\` fails: ${why}`, fix: "Run `colima list` by hand and mend what it says." };
}

const PROGRAMS = [
  ["colima", "Install it: `brew install colima docker docker-compose`."],
  ["limactl", "Install Lima: `brew install lima`."],
  ["docker", "Install the Docker client: `brew install docker docker-compose`."],
] as const;

async function observe(machine: Machine, open: () => Promise<Engine>): Promise<MachineState> {
  const { host, command, place, deadlines, folders } = machine;
  if ((await host.which("colima")) === undefined) return { state: "absent" };
  const row = await listed(host, command, place, deadlines);
  if (!row) return { state: "absent" };
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
async function configured({ host, command, place, deadlines }: Machine, row: Row): Promise<MachineWish> {
  const real = await dataDisk(command, place, deadlines);
  const recorded = real ?? recordedDisk(await readConfig(host, place.stateFile));
  return { cpus: row.cpus, memory: bytes(row.memory), disk: recorded ?? bytes(row.disk) };
}

/** Resolves the engine with the facts of its machine, read from inside. */
async function engineInside(machine: Machine, look: () => Promise<Inside | undefined>): Promise<Engine> {
  const engine = await openEngine(
    `unix://${machine.place.socket}`,
    machine.host.env,
    registryCredentials(machine.host),
  );
  const facts: Engine["facts"] = async () => {
    const [{ disk: _disk, diskFree: _diskFree, ...known }, inside] = await Promise.all([engine.facts(), look()]);
    if (!inside) throw new PlumblineError("ENGINE_UNREACHABLE", unanswered(machine));
    const { cpus, memory, disk, diskFree } = inside;
    const { vmType, mountType } = (await readConfig(machine.host, machine.place.stateFile)) ?? {};
    return {
      ...known,
      cpus,
      memory,
      engineSocket: ENGINE_SOCKET,
      ...(vmType === undefined ? {} : { vmType }),
      ...(mountType === undefined ? {} : { mountType }),
      ...(disk === undefined ? {} : { disk }),
      ...(diskFree === undefined ? {} : { diskFree }),
    };
  };
  return { ...engine, facts };
}

function unanswered({ place }: Machine) {
  return {
    what: `Could not look inside the machine ${place.profile}`,
    why: "`colima ssh` does not answer",
    fix: `\`colima stop --force ${place.profile}\`, then run the same command again.`,
  };
}

function limits(host: Host, wish: MachineWish, state: MachineState): readonly string[] {
  const had = state.state === "stopped" || state.state === "running" ? state.configured : undefined;
  const found: string[] = [];
  if (had && had.disk > wish.disk) found.push(`the disk stays at ${formatBytes(had.disk)}: it cannot shrink`);
  if (wish.cpus > host.cpus) found.push(`this computer has ${host.cpus} cpus, fewer than ${wish.cpus}`);
  if (wish.memory > host.memory) {
    found.push(`this computer has ${formatBytes(host.memory)} of memory, less than ${formatBytes(wish.memory)}`);
  }
  return found;
}

async function interruptible(signal: AbortSignal, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!signal.aborted || error instanceof PlumblineError) throw error;
    const fix = "Run the same command again: it puts a half-made machine right first.";
    throw new PlumblineError("INTERRUPTED", {
      what: "The machine",
      why: "its start was interrupted",
      fix,
      cause: error,
    });
  }
}

function isAnew(action: MachineAction): boolean {
  switch (action.kind) {
    case "create-machine":
    case "start-machine":
      return false;
    case "resize-machine":
    case "repair-machine":
      return true;
  }
}

function ignore(): void {}
