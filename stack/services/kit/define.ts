/** How a service is declared: options as a schema, everything else as a function of the parsed options. */
import type { z } from "zod";
import type { LoadToolFormat } from "../../core/service/load-tool-format.ts";
import type { ConfiguredService, Connection, LiveService, Service, Target } from "../../core/service/service.ts";

/** What a service's folder declares. Parts that the service does not have are left out. */
export type ServiceParts = Omit<ConfiguredService, "name" | "options" | "requires" | "live" | keyof typeof NOTHING> &
  Partial<Pick<ConfiguredService, keyof typeof NOTHING>> & {
    live(): Promise<LiveParts>;
  };

/** The running part as a folder writes it, without the steps and settings that its service does not have. */
export type LiveParts = Omit<LiveService, "connect" | "prepare" | "lacks"> &
  // Both or neither: one without the other would be incomplete.
  (Pick<LiveService, "prepare" | "lacks"> | { prepare?: never; lacks?: never }) & {
    connect(target: Target): Promise<ConnectionParts>;
  };

export type ConnectionParts = Omit<Connection, "read" | "apply"> & Partial<Pick<Connection, "read" | "apply">>;

export interface ServiceDefinition<Options extends z.ZodType> {
  readonly name: string;
  readonly title: string;
  readonly options: Options;
  readonly tools?: readonly LoadToolFormat[];
  configure(options: z.output<Options>): ServiceParts;
}

/** Defaults: no neighbours, ports, credentials, certificates, settings, conf files or known failures. */
const NOTHING = {
  wants: [],
  grants: [],
  offers: {},
  ports: [],
  credentials: [],
  certificates: [],
  tune: () => [],
  spell: String,
  files: () => [],
  unsignedFiles: [],
  failures: [],
} as const satisfies Partial<ConfiguredService>;

/**
 * Makes a service from its definition. The type of the options stays inside, so the registry is a plain list of
 * `Service`. A profile that names the service without options (`postgres:` is null in YAML) gets the defaults.
 */
export function defineService<Options extends z.ZodType<Readonly<Record<string, unknown>>>>(
  definition: ServiceDefinition<Options>,
): Service {
  const { name, title, options, tools = [] } = definition;
  return {
    name,
    title,
    options,
    tools,
    configure: (given) => {
      const chosen = options.parse(given ?? {});
      const parts = { ...NOTHING, ...definition.configure(chosen) };
      const required = parts.wants.filter(({ optional }) => !optional).map(({ from }) => from);
      return {
        ...parts,
        name,
        options: chosen,
        requires: [...new Set(required)],
        live: async () => liveOf(await parts.live()),
      };
    },
  };
}

function liveOf(parts: LiveParts): LiveService {
  return {
    ...parts,
    prepare: parts.prepare ?? (async () => []),
    lacks: parts.lacks ?? (async () => []),
    connect: async (target) => connectionOf(await parts.connect(target)),
  };
}

function connectionOf(parts: ConnectionParts): Connection {
  return {
    read: async () => new Map(),
    apply: async (settings) => {
      if (settings.length > 0) throw new Error("this service has no setting that can be changed while it runs");
    },
    ...parts,
  };
}
