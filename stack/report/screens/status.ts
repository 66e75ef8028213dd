/** The result of `status` as a document and as text. */
import pc from "picocolors";
import { table } from "../text/table.ts";
import type { InstanceStatus, StackStatus } from "../../core/results/commands/status.ts";
import { EXIT, type ExitCode } from "../../core/errors.ts";
import { printableIn } from "../../core/printable.ts";
import { bytes, formatBytes } from "../../core/units.ts";
import type { StatusDocument } from "../documents/documents.ts";
import { versionText } from "./up.ts";

export function statusDocumentOf(status: StackStatus): StatusDocument {
  return { ok: true, command: "status", ...status };
}

/** A stack that is down is no failure; a question without an answer is one. */
export function statusExitCode({ state }: StackStatus): ExitCode {
  return state === "unknown" ? EXIT.failed : EXIT.ok;
}

/** One line per container, then what does not work and why. */
export function statusText(status: StackStatus, coloured: boolean): string {
  const paint = pc.createColors(coloured);
  const { stack, profile, state, reason, services, others, notes } = printableIn(status);
  const rows = services.flatMap(({ works, version, image, limits, instances }) =>
    instances.map(({ name, state, effective, endpoints }) => [
      name,
      healthText(works, state),
      state,
      versionText(version ?? "-", image?.standIn),
      endpoints.map(({ host, port }) => `${host}:${port}`).join(" "),
      effective ? limitsText(effective) : `${limitsText(limits)} planned`,
      image?.source ?? (UNSEEN.has(state) ? "unknown" : "no image"),
    ]),
  );
  const shown = state === "up" ? paint.green(state) : state === "unknown" ? paint.red(state) : paint.yellow(state);
  return [
    `${state === "unknown" ? "The state of the" : "The"} stack ${stack} with the profile ${profile} is ${shown}${reason === undefined ? "" : `: ${reason}`}.`,
    "",
    table([["instance", "health", "container", "version", "address", "limits", "image"], ...rows]),
    ...services
      .filter(({ reason }) => reason !== undefined && state !== "down")
      .map(({ name, reason }) => `${paint.yellow("!")} ${name}: ${reason ?? ""}`),
    ...agesIn(services).map((text) => `${paint.yellow("!")} ${text}`),
    ...others.map(({ instance, state }) => `${paint.yellow("!")} ${instance} (${state}) is not in the profile`),
    ...notes.map((note) => `${paint.yellow("!")} ${note}`),
    ...adviceFor(state),
  ].join("\n");
}

/** One line for all services whose images are equally old. */
function agesIn(services: StackStatus["services"]): readonly string[] {
  const texts = new Set(services.flatMap(({ image }) => image?.old ?? []));
  return [...texts].map((text) => {
    const names = services.filter(({ image }) => image?.old === text).map(({ name }) => name);
    return `image of ${names.join(", ")}: ${text}`;
  });
}

/** States of containers of an engine that cannot be asked now. */
const UNSEEN: ReadonlySet<string> = new Set(["unknown", "machine stopped"]);

function healthText(works: boolean, container: string): string {
  if (works) return "works";
  if (container === "unknown") return container;
  return container === "running" ? "does not work" : "down";
}

function adviceFor(state: StackStatus["state"]): readonly string[] {
  switch (state) {
    case "up":
      return [];
    case "partly up":
    case "down":
      return ["Bring it up with `npm run up`."];
    case "unknown":
      return ["What may run it could not be asked; `npm run doctor` says what to do."];
  }
}

/** An absent limit means no limit. */
function limitsText({ memoryBytes, cpus }: NonNullable<InstanceStatus["effective"]>): string {
  const size = memoryBytes === undefined ? "no memory limit" : formatBytes(bytes(memoryBytes));
  return `${size}, ${cpus === undefined ? "all" : Number(cpus.toFixed(2))} cpus`;
}
