/** How a service is declared: options as a schema, and everything else as a function of the parsed options. */
import type { z } from "zod";
import type { BenchTool } from "../../core/service/bench-tool.ts";
import type { ConfiguredService, Service } from "../../core/service/service.ts";

export interface ServiceDefinition<Options extends z.ZodType> {
  readonly name: string;
  readonly title: string;
  readonly requires?: readonly string[];
  readonly options: Options;
  readonly shares?: Service["shares"];
  readonly tools?: readonly BenchTool[];
  configure(options: z.output<Options>): Omit<ConfiguredService, "name">;
}

/**
 * Makes the service of a definition. The type of the options stays inside, so the registry is a plain list of `Service`.
 * A profile that names the service without options (`postgres:` is null in YAML) gets the defaults.
 */
export function defineService<Options extends z.ZodType>(definition: ServiceDefinition<Options>): Service {
  const { name, title, requires = [], options, shares = {}, tools = [] } = definition;
  return {
    name,
    title,
    requires,
    options,
    shares,
    tools,
    configure: (given) => ({ name, ...definition.configure(options.parse(given ?? {})) }),
  };
}
