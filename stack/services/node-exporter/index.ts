/** Metrics of the machine that the containers run on, by node_exporter. */
import { z } from "zod";
import type { MachineMount } from "../../core/service/container.ts";
import { defineService } from "../kit/define.ts";
import { exporterContainer, exporterParts, METRICS_PATH } from "../kit/exporter/parts.ts";
import { image } from "./image/spec.ts";

const NAME = "node-exporter";
const PORT = 9100;

const PROC = "/host/proc";
const SYS = "/host/sys";
const ROOT = "/host/root";

/** Read-only, like every mount of the machine. */
const mounts: readonly MachineMount[] = [
  { kind: "host", source: "/proc", target: PROC },
  { kind: "host", source: "/sys", target: SYS },
  { kind: "host", source: "/", target: ROOT },
];

export const nodeExporter = defineService({
  name: NAME,
  title: "node_exporter, metrics of the machine",
  options: z.strictObject({}),
  configure: () => ({
    ...exporterParts(NAME, PORT),
    image,
    offers: { metrics: [{ instance: NAME, port: PORT, path: METRICS_PATH }] },
    container: (input) =>
      exporterContainer(
        input,
        [
          `--path.procfs=${PROC}`,
          `--path.sysfs=${SYS}`,
          `--path.rootfs=${ROOT}`,
          // Switched off: Debian's package enables it, but it needs a socket that containers do not have.
          "--no-collector.systemd",
          `--web.listen-address=:${PORT}`,
        ],
        { mounts, networks: ["observability"] },
      ),
    live: async () => (await import("./live.ts")).live,
  }),
});
