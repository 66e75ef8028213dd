/** The result of `status` as a document and as text. */
import pc from "picocolors";
import { table } from "../text/table.ts";
import type { ObtainedImage } from "../../core/service/image.ts";
import type { Share } from "../../core/service/service.ts";
import { formatBytes } from "../../core/units.ts";
import type { StatusDocument } from "../documents/documents.ts";
import { versionText } from "./up.ts";

export interface StatusReport {
  readonly stack: string;
  readonly profile: string;
  readonly runtime: string | undefined;
  readonly engine: string | undefined;
  readonly state: StatusDocument["state"];
  readonly reason: string | undefined;
  readonly services: readonly {
    readonly name: string;
    readonly works: boolean;
    readonly reason: string | undefined;
    readonly version: string | undefined;
    readonly image: ObtainedImage | undefined;
    readonly share: Share;
    readonly instances: readonly {
      readonly name: string;
      readonly state: string;
      readonly effective: Share | undefined;
      readonly endpoints: readonly { readonly name: string; readonly host: string; readonly port: number }[];
    }[];
  }[];
  readonly others: readonly { readonly instance: string; readonly state: string }[];
}

export function statusDocumentOf({ runtime, engine, reason, services, others, ...head }: StatusReport): StatusDocument {
  return {
    ok: true,
    command: "status",
    ...head,
    ...(runtime === undefined ? {} : { runtime }),
    ...(engine === undefined ? {} : { engine }),
    ...(reason === undefined ? {} : { reason }),
    services: services.map(({ name, works, reason, version, image, share, instances }) => ({
      name,
      works,
      ...(reason === undefined ? {} : { reason }),
      ...(version === undefined ? {} : { version }),
      ...(image ? { image: imageOf(image) } : {}),
      limits: { memoryBytes: share.memory, cpus: share.cpus },
      instances: instances.map(({ name, state, effective, endpoints }) => ({
        name,
        state,
        ...(effective ? { effective: finite(effective) } : {}),
        endpoints: [...endpoints],
      })),
    })),
    others: [...others],
  };
}

function imageOf({ reference, source, standIn }: ObtainedImage): StatusDocument["services"][number]["image"] {
  return { reference, source, ...(standIn === undefined ? {} : { standIn }) };
}

/** JSON has no Infinity: a limit that does not exist is absent. */
function finite({ memory, cpus }: Share): { memoryBytes?: number; cpus?: number } {
  return {
    ...(Number.isFinite(memory) ? { memoryBytes: memory } : {}),
    ...(Number.isFinite(cpus) ? { cpus } : {}),
  };
}

/** One line a container, then what does not work and why. */
export function statusText(
  { stack, profile, state, reason, services, others }: StatusReport,
  coloured: boolean,
): string {
  const paint = pc.createColors(coloured);
  const rows = services.flatMap(({ works, version, image, share, instances }) =>
    instances.map(({ name, state, effective, endpoints }) => [
      name,
      works ? "works" : state === "running" ? "does not work" : "down",
      state,
      versionText(version ?? "-", image?.standIn),
      endpoints.map(({ host, port }) => `${host}:${port}`).join(" "),
      effective ? limitsText(effective) : `${limitsText(share)} planned`,
      image?.source ?? "no image",
    ]),
  );
  const shown = state === "up" ? paint.green(state) : paint.yellow(state);
  return [
    `The stack ${stack} with the profile ${profile} is ${shown}${reason === undefined ? "" : `: ${reason}`}.`,
    "",
    table([["instance", "health", "container", "version", "address", "limits", "image"], ...rows]),
    ...services
      .filter(({ reason }) => reason !== undefined && state !== "down")
      .map(({ name, reason }) => `${paint.yellow("!")} ${name}: ${reason ?? ""}`),
    ...others.map(({ instance, state }) => `${paint.yellow("!")} ${instance} (${state}) is not in the profile`),
    ...(state === "up" ? [] : ["Bring it up with `npm run up`."]),
  ].join("\n");
}

function limitsText({ memory, cpus }: Share): string {
  const size = Number.isFinite(memory) ? formatBytes(memory) : "no memory limit";
  return `${size}, ${Number.isFinite(cpus) ? Number(cpus.toFixed(2)) : "all"} cpus`;
}
