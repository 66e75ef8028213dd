/** Summarises the messages of a pull in one line. */
import { bytes, formatBytes } from "../core/units.ts";
import type { PullEvent } from "../core/machine/engine.ts";

export interface PullProgress {
  /** Takes one message; returns the line to show, or undefined if nothing changed. */
  add(event: PullEvent): string | undefined;
}

interface Layer {
  readonly current: number;
  readonly total: number;
}

/** Sums the layers. A layer's size is known only when its download starts, so the total grows at first. */
export function pullProgress(): PullProgress {
  const downloads = new Map<string, Layer>();
  const extracted = new Set<string>();
  let shown = "";
  return {
    add: ({ id, status, progressDetail }) => {
      if (id === undefined) return undefined;
      const total = progressDetail?.total;
      if (status === "Downloading" && total !== undefined && total > 0) {
        downloads.set(id, { current: progressDetail?.current ?? 0, total });
      }
      const layer = downloads.get(id);
      if (layer && (status === "Download complete" || status === "Pull complete")) {
        downloads.set(id, { current: layer.total, total: layer.total });
      }
      if (status === "Pull complete") extracted.add(id);
      const line = lineOf([...downloads.values()], extracted.size);
      if (line === shown) return undefined;
      shown = line;
      return line;
    },
  };
}

function lineOf(layers: readonly Layer[], extracted: number): string {
  const current = layers.reduce((sum, layer) => sum + layer.current, 0);
  const total = layers.reduce((sum, layer) => sum + layer.total, 0);
  if (total === 0) return extracted === 0 ? "" : `${extracted} layers unpacked`;
  if (current < total) return `${formatBytes(bytes(current))} of ${formatBytes(bytes(total))}`;
  return `${formatBytes(bytes(total))} pulled, unpacking`;
}
