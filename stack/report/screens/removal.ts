/** The results of `down` and `destroy` as documents and as text. */
import type { Destroyed, Downed } from "../../core/results/commands/removal.ts";
import { printable } from "../../core/printable.ts";
import { bytes, formatBytes } from "../../core/units.ts";
import type { DestroyDocument, DownDocument } from "../documents/documents.ts";

export function downDocumentOf(downed: Downed): DownDocument {
  return { ok: true, command: "down", ...downed };
}

export function downText({ stack, containers, volumes, unfinished, machineStopped, notes }: Downed): string {
  const data = volumes.filter((name) => !unfinished.includes(name));
  const lines = [
    containers.length === 0
      ? `Nothing of the stack ${stack} was there to stop.`
      : `Stopped and removed: ${containers.join(", ")}.`,
    ...(machineStopped ? ["The machine is stopped."] : []),
    ...(data.length > 0 ? [`The data are kept in ${data.join(", ")}. \`npm run up\` finds them again.`] : []),
    ...(unfinished.length > 0 ? [`${stoppedEarly(unfinished)}: \`npm run up\` finishes it, or makes it anew.`] : []),
    ...notes.map((note) => `note: ${note}`),
  ];
  return printable(lines.join("\n"));
}

function stoppedEarly(volumes: readonly string[]): string {
  return `Stopped in its first start, without data yet: ${volumes.join(", ")}`;
}

export function destroyDocumentOf(destroyed: Destroyed): DestroyDocument {
  return { ok: true, command: "destroy", ...destroyed };
}

export function destroyText(destroyed: Destroyed): string {
  const { stack, containers, volumes, images, files, machineDeleted, notes } = destroyed;
  const sizes = volumes.map(({ name, sizeBytes }) => {
    return sizeBytes === undefined ? name : `${name} (${formatBytes(bytes(sizeBytes))})`;
  });
  const lines = [
    ...(containers.length > 0 ? [`Containers removed: ${containers.join(", ")}.`] : []),
    ...(volumes.length > 0 ? [`Data removed: ${sizes.join(", ")}.`] : []),
    ...(images.length > 0 ? [`Images removed: ${images.join(", ")}.`] : []),
    ...(files.length > 0 ? [`Files removed: ${files.join(", ")}.`] : []),
    ...(machineDeleted ? ["The machine is deleted with its disk."] : []),
  ];
  const head = lines.length === 0 ? [`Nothing of the stack ${stack} was there to remove.`] : lines;
  return printable([...head, ...notes.map((note) => `note: ${note}`)].join("\n"));
}
