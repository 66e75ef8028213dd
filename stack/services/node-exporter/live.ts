/** Ready means that the machine's own counters are present; kernels differ in the other ones. */
import { exporterLive } from "../kit/exporter/live.ts";
import { sumOf } from "../kit/metrics/text.ts";

export const live = exporterLive({
  buildInfo: "node_exporter_build_info",
  check: (samples) => {
    for (const metric of ["node_cpu_seconds_total", "node_memory_MemTotal_bytes"]) {
      if (!((sumOf(samples, metric) ?? 0) > 0))
        throw new Error(`${metric} is missing: the machine's /proc is not seen`);
    }
  },
});
