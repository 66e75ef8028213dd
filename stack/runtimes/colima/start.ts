/** Brings a machine up as wanted, and verifies it from inside. */
import { PlumblineError, messageOf } from "../../core/errors.ts";
import type { MachineWish } from "../../core/machine/machine.ts";
import { formatBytes } from "../../core/units.ts";
import type { Bytes } from "../../core/units.ts";
import type { RunResult } from "../../host/run.ts";
import { withDeadline } from "../../host/deadline.ts";
import { openEngine } from "../../docker/engine.ts";
import { startArguments } from "./arguments.ts";
import { machineError, outputOf } from "./command.ts";
import { diskSteps } from "./disk.ts";
import { imageOf } from "./image.ts";
import { lookInside, verifyInside } from "./inside.ts";
import { versionOf } from "./machine.ts";
import type { Machine } from "./machine.ts";
import { ensureHome } from "./place.ts";
import { dataDisk, listed, mountsFor, readConfig, recordedDisk, refuseImmutable, unmounted } from "./records.ts";
import { deleteDisk, forceStop, stopMachine } from "./stop.ts";

const ENGINE_POLL_MS = 200;
/** The first macOS version with the hypervisor that Colima calls vz. */
const VIRTUALIZATION_SINCE = 13;

export interface StartRequest {
  readonly wish: MachineWish;
  /** True to stop a running machine first: nothing of it can change while it runs. */
  readonly anew: boolean;
  readonly note: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Rejects with MACHINE_IMMUTABLE before anything is changed, with MACHINE_FAILED, or with NOT_CONVERGED. */
export async function bringUp(machine: Machine, request: StartRequest): Promise<void> {
  const { host, command, place, deadlines } = machine;
  const { wish, anew, note } = request;
  await ensureHome(host);
  const row = await listed(host, command, place, deadlines);
  const state = await readConfig(host, place.stateFile);
  refuseImmutable(place, state, await readConfig(host, place.desiredFile));
  const runs = row?.status === "Running" && !anew;
  if (!runs) {
    await stopMachine(machine, note);
    const real = await usableDisk(machine, row !== undefined, note);
    const steps = diskSteps(wish.disk, real, recordedDisk(state));
    for (const [index, disk] of steps.entries()) {
      if (index > 0) {
        note(`growing the disk to ${formatBytes(disk)} takes a second start`);
        await stopMachine(machine, note);
      }
      await start(machine, { ...request, wish: { ...wish, disk } }, row === undefined && index === 0);
    }
  }
  if (!(await engineAnswers(machine, request))) await reprovision(machine, request);
  const inside = await lookInside(machine, deadlines.askMs);
  if (!inside) throw silent(machine);
  verifyInside(place, wish, inside, await dataDisk(command, place, deadlines));
}

/** Resolves the size of the existing disk. Removes an unformatted disk, which an interrupted creation left. */
async function usableDisk(machine: Machine, exists: boolean, note: (line: string) => void): Promise<Bytes | undefined> {
  const { host, command, place, deadlines } = machine;
  const disk = await dataDisk(command, place, deadlines);
  if (disk === undefined || exists || (await host.kind(place.storeFile)) !== "absent") return disk;
  note(`removing the empty disk ${place.id} that an earlier start left`);
  await deleteDisk(machine);
  return undefined;
}

/**
 * Starts. If it fails in a way with a known remedy, applies the remedy and starts again, each remedy once: the end of one
 * half-made start can be the beginning of another.
 */
async function start(machine: Machine, request: StartRequest, first: boolean): Promise<void> {
  const { host, place, deadlines } = machine;
  const limitMs = first ? deadlines.createMs : deadlines.startMs;
  const args = await argumentsFor(machine, request.wish, first);
  let result = await machine.command.colima(args, limitMs, request.note);
  const tried = new Set<string>();
  for (let cure = cureOf(machine, result); cure && !tried.has(cure.because); cure = cureOf(machine, result)) {
    tried.add(cure.because);
    request.note(cure.because);
    await cure.apply(request.note);
    result = await machine.command.colima(args, limitMs, request.note);
  }
  if (result.ok) return;
  // What a hung start left behind would make the next one hang too.
  if (result.ended === "deadline") await forceStop(machine);
  throw await machineError(host, place, `The machine ${place.profile} does not start`, result, limitMs);
}

async function argumentsFor(machine: Machine, wish: MachineWish, first: boolean): Promise<readonly string[]> {
  const { host, place, folders } = machine;
  const version = await versionOf(machine);
  const desired = await readConfig(host, place.desiredFile);
  const covered = desired !== undefined && unmounted(host, desired, folders).length === 0;
  return startArguments({
    version,
    profile: place.profile,
    wish,
    mounts: covered ? [] : mountsFor(host, folders),
    virtualization: first && (await hasVirtualization(machine)),
    image: first ? await imageOf(machine, wish, version) : undefined,
  });
}

async function hasVirtualization({ host, deadlines }: Machine): Promise<boolean> {
  if (host.platform !== "darwin") return false;
  const { stdout } = await host.run(["sw_vers", "-productVersion"], { timeoutMs: deadlines.askMs });
  return Number.parseInt(stdout, 10) >= VIRTUALIZATION_SINCE;
}

interface Cure {
  readonly because: string;
  readonly apply: (note: (line: string) => void) => Promise<unknown>;
}

/** Known error texts from real machines, and their remedies. */
function cureOf(machine: Machine, result: RunResult): Cure | undefined {
  if (result.ok || result.ended !== "exited") return undefined;
  const { command, place, deadlines } = machine;
  const output = outputOf(result);
  if (/VM not previously started/.test(output)) {
    const because = "an earlier start was cut off before docker was set up: stopping and starting again";
    return { because, apply: (note) => stopMachine(machine, note) };
  }
  if (/host agent is not/.test(output)) {
    const because = "its host agent is gone: stopping it by force and starting again";
    return { because, apply: () => forceStop(machine) };
  }
  if (/did not receive an event with the .running. status/.test(output)) {
    const because = "the guest did not become ready in time: stopping it by force and starting again";
    return { because, apply: () => forceStop(machine) };
  }
  if (/failed to run attach disk|in use by instance/.test(output)) {
    const because = "its disk is still locked by a machine that is gone: unlocking it";
    return { because, apply: () => command.limactl(["disk", "unlock", place.id], deadlines.askMs) };
  }
  return undefined;
}

/** The socket is forwarded some time after the start. Resolves false if it does not answer before the deadline. */
async function engineAnswers({ host, place, deadlines, command }: Machine, { signal }: StartRequest): Promise<boolean> {
  const until = Date.now() + deadlines.engineMs;
  while (Date.now() < until) {
    signal.throwIfAborted();
    try {
      await withDeadline(openEngine(`unix://${place.socket}`, host.env), deadlines.engineMs, "no engine", signal);
      return true;
    } catch (error) {
      if (!(error instanceof PlumblineError) || signal.aborted) throw error;
    }
    const status = await command.colima(["status", place.profile], deadlines.lookMs);
    if (/empty value/.test(outputOf(status))) return false; // docker was never set up, so waiting does not help
    await host.sleep(ENGINE_POLL_MS, signal);
  }
  return false;
}

async function reprovision(machine: Machine, request: StartRequest): Promise<void> {
  request.note("the machine runs, but its engine does not answer: stopping and starting it once more");
  await stopMachine(machine, request.note);
  const disk = (await dataDisk(machine.command, machine.place, machine.deadlines)) ?? request.wish.disk;
  await start(machine, { ...request, wish: { ...request.wish, disk } }, false);
  if (!(await engineAnswers(machine, request))) throw silent(machine);
}

function silent({ place }: Machine): PlumblineError {
  return new PlumblineError("MACHINE_FAILED", {
    what: `The machine ${place.profile} runs, but does not answer`,
    why: `neither its engine (${place.socket}) nor \`colima ssh\` can be used`,
    fix: `Run the same command again: it stops the machine by force, and starts it. Its log: ${place.logs[0] ?? ""}`,
  });
}

export interface Unusable {
  readonly reason: string;
  /** True if the guest answers and has an engine, so that containers may be running. */
  readonly answers: boolean;
  /** False if its engine will never answer by itself. */
  readonly canCome: boolean;
}

/** Resolves why a machine listed as running is unusable; its guest is given `limitMs` to answer. */
export async function whyUnusable({ command, place }: Machine, error: unknown, limitMs: number): Promise<Unusable> {
  const status = await command.colima(["status", place.profile], limitMs);
  if (/empty value/.test(outputOf(status))) {
    const reason = "an earlier start was cut off before docker was set up in it";
    return { reason, answers: false, canCome: false };
  }
  const why = messageOf(error);
  if (status.ended !== "deadline")
    return { reason: `it runs, but its engine does not answer (${why})`, answers: status.ok, canCome: true };
  const reason = `it runs, but its guest does not answer (\`colima status\` not within ${limitMs / 1000} s; ${why})`;
  return { reason, answers: false, canCome: true };
}
