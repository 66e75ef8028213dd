/** How fast the machine was during a run: the shape of the calibration vector, as results and baselines keep it. */
import { z } from "zod";

/**
 * What each figure measures, with which tool and why, is in `figures.ts`. Those of the client, round trips to services and
 * synced writes are measured throughout the run, the others once. A figure that could not be had is absent, and noted.
 */
export const calibrationSchema = z.strictObject({
  /** A fixed piece of arithmetic on one thread of the client, median. */
  cpuMs: z.number().positive(),
  /** 64 bytes to 127.0.0.1 and back within this process, median. */
  loopbackRttMs: z.number().positive().optional(),
  /** 8 KiB written and synced on the data volume from inside a container, median. */
  syncWriteMs: z.number().positive().optional(),
  /** Operations a second of the load loop against an operation that does nothing. */
  loaderCeiling: z.number().positive(),
  /** The instance in whose container the figures of the inside were measured. */
  inside: z.string().optional(),
  insideCpuStepsPerS: z.number().positive().optional(),
  allCpusStepsPerS: z.number().positive().optional(),
  copyMibPerS: z.number().positive().optional(),
  writeMibPerS: z.number().positive().optional(),
  insideRttMs: z.number().positive().optional(),
  syscallUs: z.number().positive().optional(),
  spawnMs: z.number().positive().optional(),
  /** By service: the smallest request over its published port and back, median. */
  publishedRttMs: z.record(z.string(), z.number().positive()).optional(),
  /**
   * Mean of the synced writes without the slowest twentieth of them: what a disk whose rate is limited takes, which lets
   * most writes through at once and then stops for a while.
   */
  syncWriteMeanMs: z.number().positive().optional(),
  /**
   * No operation that waits for one of these takes less: the lowest tenth of the round trips, and the shortest of the
   * synced writes, most of which wait for a cpu as well where the machine is busy.
   */
  floors: z
    .strictObject({
      syncWriteMs: z.number().positive().optional(),
      publishedRttMs: z.record(z.string(), z.number().positive()),
    })
    .optional(),
  /** Standard errors of the figures' logarithms, by name; "publishedRttMs.<service>" for those by service. */
  errors: z.record(z.string(), z.number().nonnegative()).optional(),
  /** Why a figure is absent. */
  notes: z.array(z.string()),
});

export type Calibration = z.infer<typeof calibrationSchema>;
