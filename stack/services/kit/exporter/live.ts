/** The running part of an exporter: an HTTP endpoint, requested like a collector does. */
import type { Target } from "../../../core/service/service.ts";
import type { LiveParts } from "../define.ts";
import { readGo } from "../go-runtime.ts";
import { scrape } from "../metrics/client.ts";
import { samplesOf, sumOf, type Sample } from "../metrics/text.ts";
import { METRICS_PATH, METRICS_PORT } from "./parts.ts";

export interface ExporterPages {
  /** The metric whose label `version` is the exporter's version: "redis_exporter_build_info". */
  readonly buildInfo: string;
  /** Returns the pages with the metrics of the watched service; default: the exporter's own page. */
  readonly pages?: (target: Target) => readonly string[];
  /** Throws with the reason if a page does not show a server that the exporter can read. */
  readonly check: (samples: readonly Sample[], page: string) => void;
}

/** Ready means that the exporter answers, and that it reports the watched server as up. */
export function exporterLive({ buildInfo, pages = () => [METRICS_PATH], check }: ExporterPages): LiveParts {
  return {
    connect: async (target) => {
      const own = () => ask(target, METRICS_PATH);
      await own();
      return {
        version: async () => versionOf(await own(), buildInfo),
        read: async (names) => readGo(await own(), names),
        // Nothing stays open between two requests.
        close: async () => undefined,
      };
    },
    ready: async (targets) => {
      for (const target of targets) for (const page of pages(target)) check(await ask(target, page), page);
    },
  };
}

function ask(target: Target, path: string): Promise<readonly Sample[]> {
  return scrape({ host: target.host, port: target.port(METRICS_PORT), path });
}

/** Returns "1.69.0" for "v1.69.0". */
function versionOf(samples: readonly Sample[], buildInfo: string): string {
  const version = samplesOf(samples, buildInfo)[0]?.labels["version"];
  if (version === undefined) throw new Error(`the exporter does not tell its version: ${buildInfo} is missing`);
  return version.replace(/^v(?=\d)/, "");
}

/** Throws unless a metric is 1: "pg_up", "mysql_up". */
export function mustBeUp(samples: readonly Sample[], metric: string, reason: string): void {
  if (sumOf(samples, metric) !== 1) throw new Error(`${metric} is not 1: ${reason}`);
}

/**
 * Throws with the names of the failed collectors, which their success metric shows; a missing right is noticed here.
 */
export function mustHaveCollected(samples: readonly Sample[], metric: string): void {
  const failed = samplesOf(samples, metric).filter(({ value }) => value !== 1);
  const names = failed.map(({ labels }) => labels["collector"] ?? "?").join(", ");
  if (failed.length > 0) throw new Error(`the exporter could not read all of its server: ${names}`);
}
