/** The speed of the machine during a run: the shape of the calibration in results and baselines. */
import { z } from "zod";

/**
 * `figures.ts` says what each figure measures, with which tool and why. Client figures, round trips to services and
 * synced writes are measured throughout the run, the others once. A figure that could not be measured is absent, and
 * `notes` says why.
 */
export const calibrationSchema = z.strictObject({
  /** Median time of a fixed piece of arithmetic on one thread of the client. */
  cpuMs: z.number().positive(),
  /** Median round trip of 64 bytes to 127.0.0.1 within this process. */
  loopbackRttMs: z.number().positive().optional(),
  /** Median time to write and sync 8 KiB on the data volume from inside a container. */
  syncWriteMs: z.number().positive().optional(),
  /** Operations per second of the load loop with an operation that does nothing. */
  loaderCeiling: z.number().positive(),
  /** The instance in whose container the inside figures were measured. */
  inside: z.string().optional(),
  insideCpuStepsPerS: z.number().positive().optional(),
  allCpusStepsPerS: z.number().positive().optional(),
  copyMibPerS: z.number().positive().optional(),
  writeMibPerS: z.number().positive().optional(),
  insideRttMs: z.number().positive().optional(),
  syscallUs: z.number().positive().optional(),
  spawnMs: z.number().positive().optional(),
  /** Median round trip of the smallest request over the published port, by service. */
  publishedRttMs: z.record(z.string(), z.number().positive()).optional(),
  /**
   * Median time to write and sync 8 KiB from inside a container of each service with a data volume, by service. A limit
   * of one container slows its own; a busy disk slows all.
   */
  syncWriteMsOf: z.record(z.string(), z.number().positive()).optional(),
  /** Their means: a disk that others write to lets most writes through at once, and a few wait for all of it. */
  syncWriteMeanMsOf: z.record(z.string(), z.number().positive()).optional(),
  /**
   * Mean of the synced writes, without the slowest twentieth. It shows a rate-limited disk, which lets most writes
   * through at once and then stalls.
   */
  syncWriteMeanMs: z.number().positive().optional(),
  /**
   * Minimum durations for an operation that waits for one of these: the lowest tenth of the round trips, and the
   * shortest synced write, because most writes also wait for a cpu if the machine is busy.
   */
  floors: z
    .strictObject({
      syncWriteMs: z.number().positive().optional(),
      publishedRttMs: z.record(z.string(), z.number().positive()),
    })
    .optional(),
  /** Standard errors of the figures' logarithms, by figure; "publishedRttMs.<service>" for figures by service. */
  errors: z.record(z.string(), z.number().nonnegative()).optional(),
  /** Why a figure is absent. */
  notes: z.array(z.string()),
});

export type Calibration = z.infer<typeof calibrationSchema>;
