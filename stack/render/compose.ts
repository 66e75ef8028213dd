/** compose.yaml of a desired stack; plain `docker compose -f` accepts it too. */
import { stringify } from "yaml";
import type { Desired, DesiredInstance, DesiredService } from "../core/desire/desire.ts";
import { CONF_MOUNT } from "../core/service/service.ts";
import { LABELS, projectName } from "../core/stack-names.ts";
import { literal } from "./interpolation.ts";

/** Container logs are bounded: three files of 10 MB each. */
const LOGGING = { driver: "json-file", options: { "max-size": "10m", "max-file": "3" } };

/** Text of compose.yaml. Paths in it are relative to the file; no credential is in it, only the names of their files. */
export function renderCompose(desired: Desired): string {
  const project = projectName(desired.stack);
  const secrets = new Set<string>();
  const volumes = new Set<string>();
  const services: Record<string, unknown> = {};
  for (const service of desired.services) {
    for (const instance of service.instances) {
      services[instance.name] = container(project, desired.stack, service, instance);
      for (const secret of instance.container.secrets) secrets.add(secret);
      for (const volume of Object.values(instance.container.volumes)) volumes.add(`${instance.name}-${volume}`);
    }
  }
  return stringify(
    {
      name: project,
      // Compose ignores keys that begin with x-; later commands read here what the stack was brought up with.
      "x-plumbline": literal({
        stack: desired.stack,
        profile: desired.profileReference,
        sizedFor: desired.budget.machine,
        wanted: desired.profile,
      }),
      services: literal(services),
      networks: { data: { name: `${project}-data` } },
      ...(volumes.size > 0 ? { volumes: entries(volumes, (name) => ({ name: `${project}-${name}` })) } : {}),
      ...(secrets.size > 0 ? { secrets: entries(secrets, (name) => ({ file: `./secrets/${name}` })) } : {}),
    },
    // Readers of YAML 1.1 take a bare `no` for false.
    { lineWidth: 0, aliasDuplicateObjects: false, compat: "yaml-1.1" },
  );
}

function container(project: string, stack: string, service: DesiredService, instance: DesiredInstance): unknown {
  const { container: spec, name } = instance;
  return {
    image: service.image.reference,
    container_name: `${project}-${name}`,
    ...(spec.hostname ? { hostname: spec.hostname } : {}),
    ...(spec.user ? { user: spec.user } : {}),
    ...(spec.entrypoint ? { entrypoint: [...spec.entrypoint] } : {}),
    ...(spec.command ? { command: [...spec.command] } : {}),
    ...(Object.keys(spec.environment).length > 0 ? { environment: spec.environment } : {}),
    ...(instance.ports.length > 0
      ? { ports: instance.ports.map((port) => `127.0.0.1:${port.published}:${port.container}`) }
      : {}),
    volumes: [
      ...Object.entries(spec.volumes).map(([target, volume]) => `${name}-${volume}:${target}`),
      { type: "bind", source: `./conf/${name}`, target: CONF_MOUNT, read_only: true },
    ],
    ...(spec.secrets.length > 0 ? { secrets: [...spec.secrets] } : {}),
    ...(spec.tmpfs ? { tmpfs: [...spec.tmpfs] } : {}),
    networks: ["data"],
    mem_limit: service.share.memory,
    memswap_limit: service.share.memory,
    cpus: service.share.cpus,
    ...(spec.shmSize ? { shm_size: spec.shmSize } : {}),
    ...(spec.stopSignal ? { stop_signal: spec.stopSignal } : {}),
    stop_grace_period: `${spec.stopGraceSeconds}s`,
    // A crash must be seen and not hidden behind a restart; `up` starts the container again.
    restart: "no",
    security_opt: ["no-new-privileges:true"],
    logging: LOGGING,
    labels: {
      [LABELS.stack]: stack,
      [LABELS.service]: service.name,
      [LABELS.instance]: name,
      [LABELS.identity]: instance.identity,
    },
  };
}

function entries(names: Iterable<string>, value: (name: string) => unknown): Record<string, unknown> {
  return Object.fromEntries([...names].map((name) => [name, value(name)]));
}
