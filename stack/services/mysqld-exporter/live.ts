/** Ready means that the server is up, and that every collector may read its data. */
import { exporterLive, mustBeUp, mustHaveCollected } from "../kit/exporter/live.ts";

export const live = exporterLive({
  buildInfo: "mysqld_exporter_build_info",
  check: (samples) => {
    mustBeUp(samples, "mysql_up", "mysqld_exporter cannot log in; its log says why");
    mustHaveCollected(samples, "mysql_exporter_collector_success");
  },
});
