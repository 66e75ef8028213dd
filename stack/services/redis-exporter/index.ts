/** Metrics of every node of Redis, by a single redis_exporter. */
import { z } from "zod";
import { SECRETS_MOUNT } from "../../core/service/service.ts";
import { defineService } from "../kit/define.ts";
import { exporterContainer, exporterParts } from "../kit/exporter/parts.ts";
import { image } from "./image/spec.ts";
import { NAME, pagesOf, PASSWORDS, passwords, PORT, SERVER } from "./nodes.ts";

const MONITOR = { name: "monitor", user: "redis_exporter" } as const;

export const redisExporter = defineService({
  name: NAME,
  title: "redis_exporter, metrics of Redis",
  options: z.strictObject({}),
  configure: () => ({
    ...exporterParts(NAME, PORT),
    image,
    wants: [{ from: SERVER, grant: "monitor", as: MONITOR.name }],
    credentials: [MONITOR],
    secretFileNames: [PASSWORDS],
    offers: (neighbours) => ({
      metrics: pagesOf(neighbours).map((path) => ({ instance: NAME, port: PORT, path })),
    }),
    container: (input) =>
      exporterContainer(
        input,
        [
          // No default node: each page names its node.
          "-redis.addr=",
          `-redis.user=${MONITOR.user}`,
          `-redis.password-file=${SECRETS_MOUNT}/${PASSWORDS}`,
          `-web.listen-address=:${PORT}`,
        ],
        { secretFiles: [passwords(input.neighbours, input.credentials(NAME, MONITOR.name))] },
      ),
    live: async () => (await import("./live.ts")).live,
  }),
});
