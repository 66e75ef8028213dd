/** The results of `down` and `destroy` as documents and as text. */
import { formatBytes, type Bytes } from "../../core/units.ts";
import type { DestroyDocument, DownDocument } from "../documents/documents.ts";

export interface DownReport {
  readonly stack: string;
  readonly containers: readonly string[];
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
  readonly machineStopped: boolean;
  readonly notes: readonly string[];
}

export function downDocumentOf(report: DownReport): DownDocument {
  return {
    ok: true,
    command: "down",
    stack: report.stack,
    containers: [...report.containers],
    networks: [...report.networks],
    volumes: [...report.volumes],
    machineStopped: report.machineStopped,
    notes: [...report.notes],
  };
}

export function downText({ stack, containers, volumes, machineStopped, notes }: DownReport): string {
  return [
    containers.length === 0
      ? `Nothing of the stack ${stack} was there to stop.`
      : `Stopped and removed: ${containers.join(", ")}.`,
    ...(machineStopped ? ["The machine is stopped."] : []),
    ...(volumes.length > 0 ? [`The data are kept in ${volumes.join(", ")}. \`npm run up\` finds them again.`] : []),
    ...notes.map((note) => `note: ${note}`),
  ].join("\n");
}

export interface DestroyReport {
  readonly stack: string;
  readonly containers: readonly string[];
  readonly networks: readonly string[];
  readonly volumes: readonly { readonly name: string; readonly size?: Bytes }[];
  readonly images: readonly string[];
  readonly files: readonly string[];
  readonly machineDeleted: boolean;
  readonly notes: readonly string[];
}

export function destroyDocumentOf(report: DestroyReport): DestroyDocument {
  return {
    ok: true,
    command: "destroy",
    stack: report.stack,
    containers: [...report.containers],
    networks: [...report.networks],
    volumes: report.volumes.map(({ name, size }) => ({ name, ...(size === undefined ? {} : { sizeBytes: size }) })),
    images: [...report.images],
    files: [...report.files],
    machineDeleted: report.machineDeleted,
    notes: [...report.notes],
  };
}

export function destroyText(report: DestroyReport): string {
  const { stack, containers, volumes, images, files, machineDeleted, notes } = report;
  const sizes = volumes.map(({ name, size }) => (size === undefined ? name : `${name} (${formatBytes(size)})`));
  const lines = [
    ...(containers.length > 0 ? [`Containers removed: ${containers.join(", ")}.`] : []),
    ...(volumes.length > 0 ? [`Data removed: ${sizes.join(", ")}.`] : []),
    ...(images.length > 0 ? [`Images removed: ${images.join(", ")}.`] : []),
    ...(files.length > 0 ? [`Files removed: ${files.join(", ")}.`] : []),
    ...(machineDeleted ? ["The machine is deleted with its disk."] : []),
  ];
  const head = lines.length === 0 ? [`Nothing of the stack ${stack} was there to remove.`] : lines;
  return [...head, ...notes.map((note) => `note: ${note}`)].join("\n");
}
