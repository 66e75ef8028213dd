/** The runtime `colima`: a virtual machine that Plumbline creates, sizes and stops, with an engine inside. */
import { PlumblineError } from "../../core/errors.ts";
import type { Runtime } from "../../core/machine/runtime.ts";
import type { MachineAction, MachineState, MachineWish } from "../../core/machine/machine.ts";
import type { Engine } from "../../core/machine/engine.ts";
import { ENGINE_SOCKET } from "../../core/service/container.ts";
import { formatBytes } from "../../core/units.ts";
import { realHost } from "../../host/host.ts";
import type { Host } from "../../host/host.ts";
import { DEADLINES, interruptedMachine } from "./command.ts";
import type { Deadlines } from "./command.ts";
import { detect } from "./detect.ts";
import { diagnoseImmutable, diagnoseMachine } from "./diagnose.ts";
import { lookInside } from "./inside.ts";
import type { Inside } from "./inside.ts";
import { during, openMachine } from "./machine.ts";
import type { Machine } from "./machine.ts";
import { observe, whatRunsOn } from "./observe.ts";
import { isForwarder, releasePorts } from "./ports.ts";
import { readConfig } from "./records.ts";
import { bringUp } from "./start.ts";
import { deleteMachine, stopMachine } from "./stop.ts";
import { registryCredentials } from "../../host/registry-credentials.ts";
import { openEngine } from "../../docker/engine.ts";
import { composeDeployer, publishedHere } from "../compose/deployer.ts";

const NAME = "colima";

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
  const look = async (isAlive: () => Promise<boolean>) => {
    inside ??= machine().then((made) => lookPatiently(made, isAlive));
    const found = await inside;
    if (found === undefined) inside = undefined; // it may answer the next time
    return found;
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
    name: NAME,
    features: { machine: true, mounts: true },
    detect: () => detect(host),
    observe: async ({ patient = false } = {}) => observe(await machine(), open, { patient }),
    apply: async (action, note, signal) => {
      forget();
      const made = await machine();
      try {
        await bringUp(during(made, signal), { wish: action.wish, anew: isAnew(action), note, signal });
      } catch (error) {
        throw await afterwards(made, signal, error);
      }
    },
    limits: (wish, state) => limits(host, wish, state),
    engine: open,
    deploy: composeDeployer({ runtime: NAME, engine: open, env: host.env }),
    endpoint: publishedHere,
    diagnose: async (seen) => [
      ...diagnoseMachine(await machine(), seen ?? (await observe(await machine(), open))),
      ...(await diagnoseImmutable(await machine())),
    ],
    forwards: async (commandLine) => isForwarder(await machine(), commandLine),
    releasePorts: async (areFree, note, signal) => {
      const made = await machine();
      try {
        await releasePorts(during(made, signal), { areFree, note, signal });
      } catch (error) {
        throw await afterwards(made, signal, error);
      } finally {
        forget();
      }
    },
    machineShell: {
      isRoot: true,
      run: async (argv) => {
        const { command, place, deadlines: limits } = await machine();
        return command.colima(["ssh", "--profile", place.profile, "--", "sudo", ...argv], limits.lookMs);
      },
    },
    teardown: async ({ remove }) => {
      forget();
      if (remove) await deleteMachine(await machine(), ignore);
      else await stopMachine(await machine(), ignore);
    },
  };
}

type LookInside = (isAlive: () => Promise<boolean>) => Promise<Inside | undefined>;

/** A guest whose engine answers does not hang: it is slow, and is given the time of a command. */
async function lookPatiently(machine: Machine, isAlive: () => Promise<boolean>): Promise<Inside | undefined> {
  const { lookMs, askMs } = machine.deadlines;
  return (await lookInside(machine, lookMs)) ?? ((await isAlive()) ? lookInside(machine, askMs) : undefined);
}

async function doesPing(engine: Pick<Engine, "ping">): Promise<boolean> {
  try {
    await engine.ping();
    return true;
  } catch (error) {
    if (error instanceof PlumblineError) return false;
    throw error;
  }
}

/** Resolves the engine with the facts of its machine, read from inside. */
async function engineInside(machine: Machine, look: LookInside): Promise<Engine> {
  const engine = await openEngine(
    `unix://${machine.place.socket}`,
    machine.host.env,
    registryCredentials(machine.host),
  );
  const facts: Engine["facts"] = async () => {
    const [{ disk: _disk, diskFree: _diskFree, ...known }, inside] = await Promise.all([
      engine.facts(),
      look(() => doesPing(engine)),
    ]);
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
    fix: "`npm run up` repairs the machine: it stops it, by force if it has to, and starts it.",
  };
}

function limits(host: Host, wish: MachineWish, state: MachineState): readonly string[] {
  const had = state.state === "stopped" || state.state === "running" ? state.configured : undefined;
  const found: string[] = [];
  if (state.state === "absent" && state.remains?.disk !== undefined && state.remains.hasData) {
    found.push(
      `the data disk of ${formatBytes(state.remains.disk)} of an earlier machine is used again, with its data`,
    );
  }
  if (had && had.disk > wish.disk) found.push(`the disk stays at ${formatBytes(had.disk)}: it cannot shrink`);
  if (wish.cpus > host.cpus) found.push(`this computer has ${host.cpus} cpus, fewer than ${wish.cpus}`);
  if (wish.memory > host.memory) {
    found.push(`this computer has ${formatBytes(host.memory)} of memory, less than ${formatBytes(wish.memory)}`);
  }
  return found;
}

/** Passes the failure of a run on; that of an interrupted one says what runs on. */
async function afterwards(machine: Machine, signal: AbortSignal, error: unknown): Promise<unknown> {
  if (!signal.aborted) return error;
  const { profile } = machine.place;
  return interruptedMachine(profile, await whatRunsOn(machine), error);
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
