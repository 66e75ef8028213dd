/** What is known about a machine without changing it. */
import { PlumblineError } from "../../core/errors.ts";
import type { Engine } from "../../core/machine/engine.ts";
import type { MachineState, MachineWish } from "../../core/machine/machine.ts";
import { bytes } from "../../core/units.ts";
import type { Machine } from "./machine.ts";
import { dataDisk, listed, readConfig, recordedDisk, remainsOf, unmounted } from "./records.ts";
import type { Row } from "./records.ts";
import { whyUnusable, type Unusable } from "./start.ts";

export interface Look {
  /** True to wait for a machine that is slow to answer; otherwise the look is done within seconds. */
  readonly patient: boolean;
}

/** Resolves the state of the machine. Changes nothing. */
export async function observe(
  machine: Machine,
  open: () => Promise<Engine>,
  { patient }: Look = { patient: false },
): Promise<MachineState> {
  const { host, command, place, deadlines, folders } = machine;
  if ((await host.which("colima")) === undefined) return { state: "absent" };
  const row = await listed(host, command, place, deadlines);
  if (!row) {
    const remains = await remainsOf(machine);
    return { state: "absent", ...(remains === undefined ? {} : { remains }) };
  }
  if (row.status === "Stopped") return { state: "stopped", configured: await configured(machine, row) };
  if (row.status !== "Running") {
    const reason = "its host agent is gone (the computer was restarted)";
    return broken(reason, await engineAnswers(open)); // the guest may run on without it
  }
  const unseen = unmounted(host, await readConfig(host, place.stateFile), folders);
  if (unseen.length > 0) {
    return { state: "broken", reason: `it does not mount ${unseen.join(", ")}: containers would see empty folders` };
  }
  return lookAtRunning(machine, row, open, patient);
}

async function lookAtRunning(
  machine: Machine,
  row: Row,
  open: () => Promise<Engine>,
  patient: boolean,
): Promise<MachineState> {
  let wasOpen = false;
  const until = Date.now() + machine.deadlines.askMs;
  try {
    const [engine, wish] = await Promise.all([open(), configured(machine, row)]);
    wasOpen = true;
    return { state: "running", configured: wish, facts: await engine.facts() };
  } catch (error) {
    if (!(error instanceof PlumblineError)) throw error;
    const { glanceMs } = machine.deadlines;
    // The time in which the engine was asked counts: a guest that hangs was silent in it too.
    const patienceMs = Math.max(glanceMs, until - Date.now());
    const why = whyUnusable(machine, error, patient && !wasOpen ? patienceMs : glanceMs);
    const [{ reason, canCome, answers }, engine] = await Promise.all([
      why,
      patient ? comesToAnswer(machine, open, { why, until }) : engineAnswers(open),
    ]);
    // If the engine answered at once, the guest was given long enough already.
    return engine && !wasOpen && patient && canCome
      ? lookAtRunning(machine, row, open, false)
      : broken(reason, answers || engine);
  }
}

function broken(reason: string, answers: boolean): MachineState {
  return { state: "broken", reason, ...(answers ? { answers } : {}) };
}

async function engineAnswers(open: () => Promise<Engine>): Promise<boolean> {
  try {
    await (await open()).ping();
    return true;
  } catch (error) {
    if (error instanceof PlumblineError) return false;
    throw error;
  }
}

const ANSWER_POLL_MS = 500;

/**
 * Waits for the engine as long as for a command: a guest that has just booted is slow. Gives up if its engine was never
 * set up.
 */
async function comesToAnswer(
  { host }: Machine,
  open: () => Promise<Engine>,
  { why, until }: { readonly why: Promise<Pick<Unusable, "canCome">>; readonly until: number },
): Promise<boolean> {
  const hopeless = new AbortController();
  void why.then(({ canCome }) => !canCome && hopeless.abort());
  for (;;) {
    if (await engineAnswers(open)) return true;
    if (hopeless.signal.aborted || Date.now() >= until) break;
    await host.sleep(ANSWER_POLL_MS);
  }
  return false;
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
