/** Metrics of PostgreSQL, by postgres_exporter. */
import { z } from "zod";
import { defineService } from "../kit/define.ts";
import { exporterContainer, exporterParts, METRICS_PATH } from "../kit/exporter/parts.ts";
import { image } from "./image/spec.ts";
import { NAME, PASSWORD, PORT, SERVER, sourceOf } from "./source.ts";

const MONITOR = { name: "monitor", user: "postgres_exporter" } as const;

export const postgresExporter = defineService({
  name: NAME,
  title: "postgres_exporter, metrics of PostgreSQL",
  options: z.strictObject({}),
  configure: () => ({
    ...exporterParts(NAME, PORT),
    image,
    wants: [{ from: SERVER, grant: "monitor", as: MONITOR.name }],
    credentials: [MONITOR],
    secretFileNames: [PASSWORD],
    offers: { metrics: [{ instance: NAME, port: PORT, path: METRICS_PATH }] },
    container: (input) =>
      exporterContainer(input, [`--web.listen-address=:${PORT}`], {
        environment: sourceOf(input.neighbours, MONITOR.user),
        secretFiles: [{ path: PASSWORD, text: input.credentials(NAME, MONITOR.name).password }],
      }),
    live: async () => (await import("./live.ts")).live,
  }),
});
