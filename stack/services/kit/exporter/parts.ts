/** What the exporters of metrics have in common: small Go programs that need no rights and keep nothing. */
import type { ImageSpec } from "../../../core/service/image.ts";
import type { ContainerInput, ContainerSpec, Needs, PortSpec, TuneInput } from "../../../core/service/service.ts";
import { mib } from "../../../core/units.ts";
import { goEnvironment, spellGo, tuneGo } from "../go-runtime.ts";

/** Name of the port with the metrics. */
export const METRICS_PORT = "metrics";

/** The page with the exporter's own metrics, and in most also with those of its server. */
export const METRICS_PATH = "/metrics";

/** nobody, in Debian and in the images of the exporters' authors. A number: some of those have no list of users. */
const NOBODY = "65534:65534";

/** The files of these programs have 10 to 16 MB. */
export const PROGRAM = mib(16);

/**
 * Measured on node_exporter, which has the longest page, while it was asked for it sixty times: 10 MiB of Go's, and the
 * pages of its file. More would not help, and a fixed size spares a new container when a profile changes.
 */
const MEMORY = mib(32);

/** An exporter ends at once; nothing of it is to be written. */
const STOP_GRACE_SECONDS = 5;

/** Needs, settings, and the one instance and port of an exporter. */
export function exporterParts(name: string, port: number) {
  const metrics: PortSpec = { name: METRICS_PORT, instance: name, container: port, host: port };
  return {
    instances: [name],
    ports: [metrics],
    // A page of metrics is a few milliseconds of computation every few seconds.
    needs: (): Needs => ({ floor: MEMORY, ideal: MEMORY, weight: 1, cpus: 0.5 }),
    tune: (input: TuneInput) => tuneGo(input, PROGRAM),
    spell: spellGo,
  };
}

/**
 * The image of an exporter: that of its authors, or Debian's package. In both the entry point is the program, and `flags`
 * are all that a container says.
 */
export function exporterImage(reference: string, debian: string): ImageSpec {
  return {
    sources: [
      { kind: "registry", reference },
      {
        kind: "packages",
        folder: "kit/image/debian-program",
        suite: "trixie",
        packages: [debian],
        version: { package: debian },
      },
    ],
  };
}

/** The container of an exporter: no root, no capability, nothing that can be written. */
export function exporterContainer(
  { settings }: Pick<ContainerInput, "settings">,
  flags: readonly string[],
  parts: Pick<ContainerSpec, "secretFiles" | "mounts" | "networks"> & Partial<Pick<ContainerSpec, "environment">> = {},
): ContainerSpec {
  const { environment = {}, ...rest } = parts;
  return {
    command: flags,
    // Who collects finds it among those who are looked at; the server that it asks is on the network of data.
    networks: ["observability", "data"],
    ...rest,
    environment: { ...goEnvironment(settings), ...environment },
    user: NOBODY,
    readOnlyRoot: true,
    volumes: {},
    secrets: [],
    stopGraceSeconds: STOP_GRACE_SECONDS,
  };
}
