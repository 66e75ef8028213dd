/** Stops a machine, by force if necessary, and removes it. */
import { PlumblineError } from "../../core/errors.ts";
import { SINCE, atLeast } from "./arguments.ts";
import { lastLines } from "../../host/run.ts";
import { doesAnswer } from "./inside.ts";
import { messageIn, outputOf } from "./command.ts";
import { versionOf } from "./machine.ts";
import type { Machine } from "./machine.ts";
import { dataDisk, listed } from "./records.ts";

/**
 * Stops the machine. A plain `stop` of a broken machine does nothing and exits with 0, and that of a hanging one waits
 * for the guest for ever: both are stopped by force.
 */
export async function stopMachine(machine: Machine, note: (line: string) => void): Promise<void> {
  const { host, command, place, deadlines } = machine;
  const row = await listed(host, command, place, deadlines);
  if (!row || row.status === "Stopped") return;
  if (row.status === "Running") {
    if (await doesAnswer(machine, deadlines.answerMs))
      await command.colima(["stop", place.profile], deadlines.stopMs, note);
    else note(`${place.profile} does not answer: its containers cannot be stopped in order`);
  }
  if (await isStopped(machine)) return;
  note(`${place.profile} did not stop by itself: stopping it by force`);
  const said = await forceStop(machine);
  if (await isStopped(machine)) return;
  throw new PlumblineError("MACHINE_FAILED", {
    what: `The machine ${place.profile} does not stop`,
    why: lastLines(said, 5).map(messageIn).join("\n") || "it still runs after `limactl stop --force`",
    fix: `Look for its processes (\`pgrep -fl ${place.id}\`), end them, then run the same command again.`,
  });
}

/**
 * Ends the machine like a power cut; resolves what Lima says. Lima is asked, because `colima stop --force` asks the guest
 * first.
 */
export async function forceStop({ command, place, deadlines }: Machine): Promise<string> {
  return outputOf(await command.limactl(["stop", "--force", place.id], deadlines.forceMs));
}

/** Deletes a machine with its data disk and its settings, also what an earlier one left. Also resolves if all is gone. */
export async function deleteMachine(machine: Machine, note: (line: string) => void): Promise<void> {
  const { host, command, place, deadlines } = machine;
  await stopMachine(machine, note); // `delete` ends the machine like a power cut
  const data = atLeast(await versionOf(machine), SINCE.dataDisk) ? ["--data"] : [];
  const deleted = await command.colima(["delete", "--force", ...data, place.profile], deadlines.stopMs, note);
  // Colima does not know a disk without a store file, and `delete --data` leaves it.
  if ((await dataDisk(command, place, deadlines)) !== undefined) await deleteDisk(machine);
  const [row, disk] = [await listed(host, command, place, deadlines), await dataDisk(command, place, deadlines)];
  if (!row && disk === undefined) {
    for (const path of [place.folder, place.storeFile]) await host.remove(path);
    return;
  }
  throw new PlumblineError("MACHINE_FAILED", {
    what: `The machine ${place.profile} was not removed completely`,
    why: lastLines(outputOf(deleted), 5).map(messageIn).join("\n"),
    fix: `Remove the rest: \`colima delete --force ${place.profile}\`, \`limactl disk delete ${place.id}\` (LIMA_HOME=${place.limaHome}).`,
  });
}

export async function deleteDisk({ command, place, deadlines }: Machine): Promise<void> {
  await command.limactl(["disk", "delete", place.id], deadlines.askMs);
}

async function isStopped({ host, command, place, deadlines }: Machine): Promise<boolean> {
  const row = await listed(host, command, place, deadlines);
  return !row || row.status === "Stopped";
}
