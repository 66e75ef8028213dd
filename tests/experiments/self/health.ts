/** The generated compose file with health checks, as people write them for `docker compose up --wait`. */
import { rm, writeFile } from "node:fs/promises";
import { parse, stringify } from "yaml";
import { z } from "zod";
import type { RunningStack } from "../../../stack/commands/request/running-stack.ts";
import { renderCompose } from "../../../stack/render/compose.ts";

const composeSchema = z.looseObject({ services: z.record(z.string(), z.looseObject({})) });

/** Failed checks before a service counts as broken: more than any start needs. */
const RETRIES = 120;

export interface HealthVariant {
  readonly file: string;
  remove(): Promise<void>;
}

/**
 * Writes the variant beside the generated file, so that its relative paths stay valid. The check is the cheapest
 * possible: the shell inside the container connects to the instance's first port. A real check costs more.
 */
export async function writeHealthVariant({ desired, wanted }: RunningStack, intervalS: number): Promise<HealthVariant> {
  const document = composeSchema.parse(parse(renderCompose(desired)));
  for (const { instances } of desired.services) {
    for (const { name, ports } of instances) {
      const [port] = ports;
      const service = document.services[name];
      if (!port || !service) continue;
      service["healthcheck"] = {
        test: ["CMD", "bash", "-c", `: < /dev/tcp/127.0.0.1/${port.container}`],
        interval: `${intervalS}s`,
        timeout: "5s",
        retries: RETRIES,
      };
    }
  }
  const file = wanted.folder.file(`compose.health-${intervalS}s.yaml`);
  await writeFile(file, stringify(document));
  return { file, remove: () => rm(file, { force: true }) };
}
