/** The calibration's figures: what each one is, how it is measured, and what it shows. Pure. */
import type { Calibration } from "./calibration.ts";

export interface Figure {
  /** In words: "8 KiB written and synced". */
  readonly title: string;
  readonly unit: "ms" | "µs" | "MiB/s" | "steps/s";
  /** The tool and the method. */
  readonly source: string;
  /** What depends on this figure. */
  readonly why: string;
}

export type InsideFigure =
  | "insideCpuStepsPerS"
  | "allCpusStepsPerS"
  | "insideRttMs"
  | "syscallUs"
  | "copyMibPerS"
  | "writeMibPerS"
  | "spawnMs";

export type MachineFigure = InsideFigure | "syncWriteMs" | "publishedRttMs";

/** The nine figures of the machine. All but the last are measured inside a container, like the services. */
export const MACHINE_FIGURES: Readonly<Record<MachineFigure, Figure>> = {
  insideCpuStepsPerS: {
    title: "one thread",
    unit: "steps/s",
    source: "counting in the container's shell, timed by /proc/uptime",
    why: "a query, a script and a log writer each run on one thread",
  },
  allCpusStepsPerS: {
    title: "all threads",
    unit: "steps/s",
    source: "the same on every cpu of the machine at once, summed",
    why: "what many clients share; a cpu limit, or a neighbour, shows here and not on one thread",
  },
  insideRttMs: {
    title: "round trip inside",
    unit: "ms",
    source: "64 bytes over TCP to the container's own loopback and back, by perl or busybox nc",
    why: "what services pay to reach each other, without the way to the host",
  },
  syscallUs: {
    title: "system call",
    unit: "µs",
    source: "dd of single bytes: one read and one write each, through the container's seccomp filter",
    why: "every message costs several; filters and virtual machines make them dear",
  },
  copyMibPerS: {
    title: "memory copy",
    unit: "MiB/s",
    source: "dd of 32 MiB in the container's shared memory, which fits in few caches",
    why: "scans and large values move at this speed at most",
  },
  writeMibPerS: {
    title: "sequential write",
    unit: "MiB/s",
    source: "dd of 16 MiB to the data volume, synced once at the end",
    why: "checkpoints, compaction and bulk loads",
  },
  spawnMs: {
    title: "process start",
    unit: "ms",
    source: "starting a shell that ends at once: fork, exec and wait",
    why: "servers with a process for each connection, and every check by a command",
  },
  syncWriteMs: {
    title: "synced write of 8 KiB",
    unit: "ms",
    source: "dd of one block over itself with fdatasync on the data volume, each timed by itself; median",
    why: "a durable commit waits for one",
  },
  publishedRttMs: {
    title: "round trip to",
    unit: "ms",
    source: "the smallest request of the service's own client over its published port",
    why: "each statement of an application waits for one",
  },
};

/** Returns the calibration as text, one line per figure. Absent figures are skipped; the notes explain them. */
export function figureTexts(calibration: Calibration): readonly string[] {
  const { publishedRttMs = {}, ...rest } = calibration;
  const inside = Object.entries(MACHINE_FIGURES).flatMap(([name, { title, unit }]) => {
    const value = Object.entries(rest).find(([key]) => key === name)?.[1];
    return typeof value === "number" ? [`${title} ${figureAmount(value, unit)}`] : [];
  });
  const { title, unit } = MACHINE_FIGURES.publishedRttMs;
  return [
    ...inside,
    ...Object.entries(publishedRttMs).map(([service, value]) => `${title} ${service} ${figureAmount(value, unit)}`),
  ];
}

/** Returns "191 µs", "2,310 MiB/s". */
export function figureAmount(value: number, unit: Figure["unit"]): string {
  if (unit === "ms" && value < 1) return `${Math.round(value * 1000)} µs`;
  return `${value >= 100 ? Math.round(value).toLocaleString("en-US") : value.toPrecision(3)} ${unit}`;
}
