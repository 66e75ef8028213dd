/** Metrics of MySQL, by mysqld_exporter. */
import { z } from "zod";
import { SECRETS_MOUNT } from "../../core/service/service.ts";
import { defineService } from "../kit/define.ts";
import { exporterContainer, exporterParts, METRICS_PATH } from "../kit/exporter/parts.ts";
import { image } from "./image/spec.ts";
import { addressOf, LOGIN, loginFile, NAME, PORT, SERVER } from "./login.ts";

const MONITOR = { name: "monitor", user: "mysqld_exporter" } as const;

export const mysqldExporter = defineService({
  name: NAME,
  title: "mysqld_exporter, metrics of MySQL",
  options: z.strictObject({}),
  configure: () => ({
    ...exporterParts(NAME, PORT),
    image,
    wants: [{ from: SERVER, grant: "monitor", as: MONITOR.name }],
    credentials: [MONITOR],
    secretFileNames: [LOGIN],
    offers: { metrics: [{ instance: NAME, port: PORT, path: METRICS_PATH }] },
    container: (input) =>
      exporterContainer(
        input,
        [
          `--config.my-cnf=${SECRETS_MOUNT}/${LOGIN}`,
          `--mysqld.address=${addressOf(input.neighbours)}`,
          `--web.listen-address=:${PORT}`,
        ],
        { secretFiles: [loginFile(input.credentials(NAME, MONITOR.name))] },
      ),
    live: async () => (await import("./live.ts")).live,
  }),
});
