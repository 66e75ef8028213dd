/** Ready means that the server is up, and that every collector may read its data. */
import { exporterLive, mustBeUp, mustHaveCollected } from "../kit/exporter/live.ts";

export const live = exporterLive({
  buildInfo: "postgres_exporter_build_info",
  check: (samples) => {
    mustBeUp(samples, "pg_up", "postgres_exporter cannot log in; its log says why");
    mustHaveCollected(samples, "pg_scrape_collector_success");
  },
});
