/** What metrics exporters have in common: small Go programs that need no rights and store nothing. */
import type { ImageSpec } from "../../../core/service/image.ts";
import type { ContainerInput, ContainerSpec, Needs, PortSpec, TuneInput } from "../../../core/service/service.ts";
import { mib } from "../../../core/units.ts";
import { goEnvironment, goSettingRules, spellGo, tuneGo } from "../go-runtime.ts";

/** Name of the metrics port. */
export const METRICS_PORT = "metrics";

/** The page with the exporter's own metrics, and for most exporters with those of the server too. */
export const METRICS_PATH = "/metrics";

/**
 * The user nobody, in Debian and in the exporters' official images. A number, because some of these have no user list.
 */
const NOBODY = "65534:65534";

/** Size of these programs' files: 10 to 16 MB. */
export const PROGRAM = mib(16);

/**
 * Measured for node_exporter, which has the longest page, during sixty requests: 10 MiB of Go's memory, and the pages
 * of its file. More would not help, and a fixed size avoids a new container when a profile changes.
 */
const MEMORY = mib(32);

/** An exporter stops at once, because it has nothing to write. */
const STOP_GRACE_SECONDS = 5;

/** Returns needs, settings, and the only instance and port of an exporter. */
export function exporterParts(name: string, port: number) {
  const metrics: PortSpec = { name: METRICS_PORT, instance: name, container: port, defaultHostPort: port };
  return {
    instances: [name],
    ports: [metrics],
    // A page of metrics takes a few milliseconds of cpu every few seconds.
    needs: (): Needs => ({ floor: MEMORY, ideal: MEMORY, weight: 1, cpus: 0.5 }),
    tune: (input: TuneInput) => tuneGo(input, PROGRAM),
    settingRules: goSettingRules,
    spell: spellGo,
  };
}

/**
 * Returns an exporter's image: the official one, or Debian's package. In both the entry point is the program, so that
 * the container's command is only its `flags`.
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

/** Returns an exporter's container: no root user, no capabilities, nothing writable. */
export function exporterContainer(
  { settings }: Pick<ContainerInput, "settings">,
  flags: readonly string[],
  parts: Pick<ContainerSpec, "secretFiles" | "mounts" | "networks"> & Partial<Pick<ContainerSpec, "environment">> = {},
): ContainerSpec {
  const { environment = {}, ...rest } = parts;
  return {
    command: flags,
    // Collectors find it on the network of observed services; the server that it queries is on the data network.
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
