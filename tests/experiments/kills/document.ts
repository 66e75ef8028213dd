/** The result of `bench:kills` as a document and as text. */
import { median } from "simple-statistics";
import { table } from "../../../stack/report/text/table.ts";
import type { Kill, Killed } from "./measure.ts";

export function killsDocument({ servers, skipped }: { readonly servers: readonly Killed[]; readonly skipped: number }) {
  const rows = servers.map(({ server, source, firstStartMs, failed, kills }) => {
    const hit = kills.filter(({ missed }) => missed === undefined);
    const mended = hit.filter(({ next }) => next === "ok");
    return {
      server,
      source,
      firstStartMs,
      failed,
      places: kills.length,
      missed: kills.length - hit.length,
      beforeReady: hit.filter(({ unready }) => unready).length,
      mended: mended.length,
      nextUpMedianMs: mended.length > 0 ? median(mended.map(({ nextMs }) => nextMs)) : undefined,
      kills,
    };
  });
  const failed = rows.reduce((sum, { places, missed, mended }) => sum + places - missed - mended, 0);
  const unstarted = rows.filter((row) => row.failed !== undefined).length;
  const hit = rows.reduce((sum, { places, missed }) => sum + places - missed, 0);
  return { ok: failed === 0 && unstarted === 0 && hit > 0, command: "bench:kills", rows, failed, skipped };
}

export function killsText({ rows, failed, skipped }: ReturnType<typeof killsDocument>): string {
  const head = ["server", "images", "first start", "places", "before it worked", "mended", "next up", "failures"];
  const cells = rows.map((row) => [
    row.server,
    row.source,
    row.firstStartMs === undefined ? (row.failed ?? "-") : seconds(row.firstStartMs),
    row.missed > 0 ? `${row.places} (${row.missed} missed)` : String(row.places),
    String(row.beforeReady),
    `${row.mended} of ${row.places - row.missed}`,
    row.nextUpMedianMs === undefined ? "-" : seconds(row.nextUpMedianMs),
    row.kills.filter(isFailure).map(failureText).join("; ") || "none",
  ]);
  const parts = [
    table([head, ...cells]),
    verdictText(
      rows.reduce((sum, { places, missed }) => sum + places - missed, 0),
      failed,
    ),
    ...(skipped > 0 ? [`${skipped} were not run: the time was over.`] : []),
  ];
  return parts.join("\n\n");
}

function verdictText(kills: number, failed: number): string {
  if (kills === 0) return "Nothing was killed.";
  return failed === 0 ? "Each kill was mended by the next up." : `${failed} kills were not mended by the next up.`;
}

function isFailure({ missed, next }: Kill): boolean {
  return missed === undefined && next !== "ok";
}

function failureText({ atMs, killed, next }: Kill): string {
  return `${next} after ${seconds(atMs)} (${killed})`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
