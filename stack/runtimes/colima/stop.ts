/** Stops a machine, by force if necessary, and removes it. */
import { PlumblineError } from "../../core/errors.ts";
import { SINCE, atLeast } from "./arguments.ts";
import { lastLines } from "../../host/run.ts";
import { messageIn, outputOf } from "./command.ts";
import { versionOf } from "./machine.ts";
import type { Machine } from "./machine.ts";
import { dataDisk, listed } from "./records.ts";

/**
 * Stops the machine. A plain `stop` of a broken machine does nothing and exits with 0, and a hanging one has to be
 * killed; both then use `--force`.
 */
export async function stopMachine(machine: Machine, note: (line: string) => void): Promise<void> {
  const { host, command, place, deadlines } = machine;
  const row = await listed(host, command, place, deadlines);
  if (!row || row.status === "Stopped") return;
  if (row.status === "Running") await command.colima(["stop", place.profile], deadlines.stopMs, { note });
  if (await isStopped(machine)) return;
  note(`${place.profile} did not stop by itself: stopping it by force`);
  const forced = await command.colima(["stop", "--force", place.profile], deadlines.stopMs, { note });
  if (await isStopped(machine)) return;
  throw new PlumblineError("MACHINE_FAILED", {
    what: `The machine ${place.profile} does not stop`,
    why: lastLines(outputOf(forced), 5).map(messageIn).join("\n") || "it still runs after `colima stop --force`",
    fix: `Look for its processes (\`pgrep -fl ${place.id}\`), end them, then run the same command again.`,
  });
}

/** Deletes a machine with its data disk. Also resolves if it is gone already. */
export async function deleteMachine(machine: Machine, note: (line: string) => void): Promise<void> {
  const { command, place, deadlines } = machine;
  await stopMachine(machine, note); // `delete` ends the machine like a power cut
  const data = atLeast(await versionOf(machine), SINCE.dataDisk) ? ["--data"] : [];
  const deleted = await command.colima(["delete", "--force", ...data, place.profile], deadlines.stopMs, { note });
  // Colima does not know a disk without a store file, and `delete --data` leaves it.
  if ((await dataDisk(command, place, deadlines)) !== undefined) await deleteDisk(machine);
  const [row, disk] = [
    await listed(machine.host, command, place, deadlines),
    await dataDisk(command, place, deadlines),
  ];
  if (!row && disk === undefined) return;
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
