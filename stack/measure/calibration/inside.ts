/** The machine as the services see it: probes that run in a container of the stack, on its data volume. */
import { performance } from "node:perf_hooks";
import { messageOf } from "../../core/errors.ts";
import type { ExecOptions, ExecResult } from "../../core/machine/exec.ts";
import { MACHINE_FIGURES, type InsideFigure } from "../../core/results/figures.ts";
import { COPY, COUNT, SPAWN, SYNC, SYSCALLS, TRIPS, WRITE } from "./probe-scripts.ts";

export interface Place {
  readonly instance: string;
  /** Cpus of the machine. */
  readonly cpus: number;
  /** A directory on the data volume. */
  readonly directory: string;
  readonly exec: (argv: readonly string[], options?: ExecOptions) => Promise<ExecResult>;
}

export interface Inside {
  readonly instance: string;
  /**
   * Measures every figure once: in `budgetMs` for all on an idle machine; no probe begins after `limitMs`. Never
   * rejects; a figure that cannot be measured is noted.
   */
  probe(budgetMs: number, limitMs?: number): Promise<Probed>;
  /** Resolves to the durations in milliseconds of overwriting 8 KiB with fdatasync. Rejects with the reason. */
  syncWrites(): Promise<readonly number[]>;
}

export interface Probed {
  readonly samples: ReadonlyMap<InsideFigure, readonly number[]>;
  readonly notes: readonly string[];
}

/** Duration of all probes at full length. */
const FULL_PROBES_MS = 7_000;
/** The sampling part of it; the rest is the overhead of the commands, the same for each. */
const SAMPLING_MS = 4_800;
const COMMAND_MS = 200;
/** Shorter probes would measure their own clock, which has a resolution of 10 ms. */
export const PROBES_MINIMUM_MS = 1_000;

/** Share of a smoke run's budget: every scenario must still get its blocks. */
const PROBES_SHARE = 0.08;

/** More than a rate-limited disk lets through at once. */
const SYNC_WRITES = 30;
const SYNC_DEADLINE_MS = 3_000;
const SLICES = 5;
const TICK_MS = 10;
const TICKS_MINIMUM = 3;
const SYSCALLS_A_REPEAT = 10_000;
const COPY_MIB = 32;
const WRITE_MIB = 16;
const FILE = ".plumbline-calibration";
/** Ends a probe that hangs, if the image has `timeout`. The exec itself is given up a little later. */
const DEADLINE_S = 5;
const GRACE_MS = 2_000;

/** Returns the probes in the container of `place`. Each is its own command, so a failure affects only itself. */
export function insideOf(place: Place): Inside {
  return {
    instance: place.instance,
    probe: async (budgetMs, limitMs = budgetMs) => {
      const samples = new Map<InsideFigure, readonly number[]>();
      const notes: string[] = [];
      const endMs = performance.now() + limitMs;
      const scale = Math.max(0, Math.min(1, (budgetMs - PROBES.length * COMMAND_MS) / SAMPLING_MS));
      for (const { figure, argumentsFor, script, read } of PROBES) {
        const { title, why } = MACHINE_FIGURES[figure];
        try {
          if (performance.now() > endMs) throw new Error("no time was left");
          const values = read(await run(place, script, argumentsFor(place, scale)));
          if (values.length === 0) throw new Error("the image's tools tell no time");
          samples.set(figure, values);
        } catch (error) {
          notes.push(`${title} was not measured: ${messageOf(error)} (it tells ${why})`);
        }
      }
      return { samples, notes };
    },
    syncWrites: async () => {
      const values = durations(await run(place, SYNC, [`${place.directory}/${FILE}`, SYNC_WRITES], SYNC_DEADLINE_MS));
      if (values.length === 0) throw new Error("the image's dd tells no time");
      return values.map((seconds) => seconds * 1000);
    },
  };
}

/**
 * Returns the time for probes in a run's budget: a small share, or their full length if `thorough`; 0 if it is too
 * short.
 */
export function probeTimeMs(budgetS: number, thorough: boolean): number {
  if (thorough) return FULL_PROBES_MS;
  const shareMs = Math.min(FULL_PROBES_MS, budgetS * 1000 * PROBES_SHARE);
  return shareMs < PROBES_MINIMUM_MS ? 0 : shareMs;
}

interface Probe {
  readonly figure: InsideFigure;
  readonly script: string;
  /** `scale`: share of the full time, at most 1. */
  readonly argumentsFor: (place: Place, scale: number) => readonly (string | number)[];
  readonly read: (output: string) => readonly number[];
}

/** The most important probes first, in case the time runs out. The full times add up to SAMPLING_MS. */
const PROBES: readonly Probe[] = [
  {
    figure: "insideCpuStepsPerS",
    script: COUNT,
    argumentsFor: (_, scale) => [SLICES, ticks(1000, scale), 1],
    read: (output) => rates(output),
  },
  {
    figure: "allCpusStepsPerS",
    script: COUNT,
    argumentsFor: ({ cpus }, scale) => [SLICES, ticks(1000, scale), Math.ceil(cpus)],
    read: (output) => rates(output),
  },
  {
    figure: "insideRttMs",
    script: TRIPS,
    argumentsFor: (_, scale) => [SLICES, ticks(600, scale)],
    read: (output) => rates(output).map((perS) => 1000 / perS),
  },
  {
    figure: "syscallUs",
    script: SYSCALLS,
    argumentsFor: (_, scale) => [ticks(400, scale, 1), SYSCALLS_A_REPEAT],
    read: (output) => repeated(output).map((seconds) => (seconds * 1e6) / (2 * SYSCALLS_A_REPEAT)),
  },
  {
    figure: "copyMibPerS",
    script: COPY,
    argumentsFor: (_, scale) => [ticks(400, scale, 1), `/dev/shm/${FILE}`],
    read: (output) => repeated(output).map((seconds) => COPY_MIB / seconds),
  },
  {
    figure: "writeMibPerS",
    script: WRITE,
    argumentsFor: ({ directory }, scale) => [ticks(800, scale, 1), `${directory}/${FILE}`],
    read: (output) => repeated(output).map((seconds) => WRITE_MIB / seconds),
  },
  {
    figure: "spawnMs",
    script: SPAWN,
    argumentsFor: (_, scale) => [SLICES, ticks(600, scale)],
    read: (output) => rates(output).map((perS) => 1000 / perS),
  },
];

function ticks(fullMs: number, scale: number, slices = SLICES): number {
  return Math.max(TICKS_MINIMUM, Math.round((fullMs * scale) / slices / TICK_MS));
}

/** `timeout` also ends what the script started; the engine does not. */
const WITH_TIMEOUT = `command -v timeout >/dev/null && exec timeout ${DEADLINE_S} sh -c "$@"; exec sh -c "$@"`;

async function run(
  { exec }: Place,
  script: string,
  values: readonly (string | number)[],
  timeoutMs = DEADLINE_S * 1000 + GRACE_MS,
): Promise<string> {
  const argv = ["sh", "-c", WITH_TIMEOUT, "sh", script, "sh", ...values.map(String)];
  const { stdout, stderr, exitCode } = await exec(argv, { timeoutMs, user: "0" });
  if (exitCode !== 0) throw new Error(`${stdout}${stderr}`.trim().split("\n").at(-1) ?? `exit code ${exitCode}`);
  return `${stdout}\n${stderr}`;
}

/** Parses "slice 0 6000 10" of each cpu: returns the steps a second of every slice, summed over the cpus. */
export function rates(output: string): readonly number[] {
  const perS = new Map<string, number>();
  for (const [, slice = "", done, hundredths] of output.matchAll(/^slice (\d+) (\d+) (\d+)\s*$/gm)) {
    perS.set(slice, (perS.get(slice) ?? 0) + (Number(done) * 100) / Number(hundredths));
  }
  return [...perS.values()].filter((value) => value > 0 && Number.isFinite(value));
}

/** Parses dd's seconds: "copied, 0.0012 s, 6.8 MB/s" (coreutils), "copied, 0.001234 seconds, 6.3MB/s" (busybox). */
export function durations(output: string): readonly number[] {
  return [...output.matchAll(/copied, ([\d.eE+-]+) s/g)]
    .map((match) => Number(match[1]))
    .filter((seconds) => seconds > 0 && Number.isFinite(seconds));
}

/** Returns the seconds of each repeat; if dd prints none, their mean by the script's clock. */
function repeated(output: string): readonly number[] {
  const seconds = durations(output);
  return seconds.length > 0 ? seconds : rates(output).map((perS) => 1 / perS);
}
