/** Ready means that every node is up according to its page. */
import { exporterLive } from "../kit/exporter/live.ts";
import { samplesOf, sumOf } from "../kit/metrics/text.ts";
import { pagesOf } from "./nodes.ts";

export const live = exporterLive({
  buildInfo: "redis_exporter_build_info",
  pages: ({ neighbours }) => pagesOf(neighbours),
  check: (samples, page) => {
    const error = samplesOf(samples, "redis_exporter_last_scrape_error").find(({ value }) => value !== 0);
    const isUp = sumOf(samples, "redis_up") === 1;
    if (isUp && error === undefined) return;
    throw new Error(`${page}: ${isUp ? "not all could be read" : "redis_up is not 1"}: ${error?.labels["err"] ?? "?"}`);
  },
});
