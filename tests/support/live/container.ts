/** A container's options for the engine, from what a service declares of it. */
import { join } from "node:path";
import type { ContainerCreateOptions } from "dockerode";
import { CERTIFICATES_MOUNT } from "../../../stack/core/service/certificate.ts";
import { DROPPED_CAPABILITIES, SECURITY_OPTIONS } from "../../../stack/core/service/confinement.ts";
import { ENGINE_SOCKET, processesOf } from "../../../stack/core/service/container.ts";
import {
  CONF_MOUNT,
  SECRETS_MOUNT,
  type ContainerInput,
  type ContainerSpec,
} from "../../../stack/core/service/service.ts";

export interface Parts {
  readonly name: string;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly network: string;
  /** Folder with `conf/` and `secrets/`. */
  readonly home: string;
  readonly spec: ContainerSpec;
  readonly input: ContainerInput;
  readonly ports: ReadonlyMap<string, { readonly container: number; readonly host: number }>;
  /** Folder with the certificates of its service; absent if it has none. */
  readonly certificates?: string;
}

export function containerOptions({
  name,
  image,
  labels,
  network,
  home,
  spec,
  input,
  ports,
  certificates,
}: Parts): ContainerCreateOptions {
  const published = [...ports.values()].map(({ container, host }) => [`${container}/tcp`, host] as const);
  return {
    name,
    Image: image,
    Labels: { ...labels },
    Env: Object.entries(spec.environment).map(([key, value]) => `${key}=${value}`),
    ...(spec.command && { Cmd: [...spec.command] }),
    ...(spec.entrypoint && { Entrypoint: [...spec.entrypoint] }),
    ...(spec.user !== undefined && { User: spec.user }),
    ...(spec.hostname !== undefined && { Hostname: spec.hostname }),
    ...(spec.stopSignal !== undefined && { StopSignal: spec.stopSignal }),
    StopTimeout: spec.stopGraceSeconds,
    ExposedPorts: Object.fromEntries(published.map(([port]) => [port, {}])),
    HostConfig: {
      Memory: input.share.memory,
      MemorySwap: input.share.memory,
      NanoCpus: Math.round(input.share.cpus * 1e9),
      NetworkMode: network,
      PortBindings: Object.fromEntries(
        published.map(([port, host]) => [port, [{ HostIp: "127.0.0.1", HostPort: String(host) }]]),
      ),
      Binds: [
        `${join(home, "conf")}:${CONF_MOUNT}:ro`,
        ...(certificates === undefined ? [] : [`${certificates}:${CERTIFICATES_MOUNT}:ro`]),
        ...spec.secrets.map((secret) => `${join(home, "secrets", secret)}:${SECRETS_MOUNT}/${secret}:ro`),
        ...(spec.secretFiles ?? []).map(
          ({ path }) => `${join(home, "secret-files", path)}:${SECRETS_MOUNT}/${path}:ro`,
        ),
        ...(spec.mounts ?? []).map((mount) => {
          return `${mount.kind === "host" ? mount.source : ENGINE_SOCKET}:${mount.target}:ro`;
        }),
        ...Object.entries(spec.volumes).map(([mount, volume]) => `${name}-${volume}:${mount}`),
      ],
      SecurityOpt: [...SECURITY_OPTIONS],
      CapDrop: [...DROPPED_CAPABILITIES],
      PidsLimit: processesOf(spec),
      ...(spec.capabilities && { CapAdd: [...spec.capabilities] }),
      ...(spec.groups && { GroupAdd: [...spec.groups] }),
      ...(spec.readOnlyRoot && { ReadonlyRootfs: true }),
      ...(spec.pidMode !== undefined && { PidMode: spec.pidMode }),
      ...(spec.shmSize !== undefined && { ShmSize: spec.shmSize }),
      ...(spec.tmpfs && { Tmpfs: Object.fromEntries(spec.tmpfs.map((mount) => [mount, ""])) }),
    },
    NetworkingConfig: { EndpointsConfig: { [network]: { Aliases: [input.instance] } } },
  };
}
