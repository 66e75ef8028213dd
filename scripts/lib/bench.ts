/** The flags of `bench`. */
import type { Command } from "commander";
import { z } from "zod";
import type { Load } from "../../stack/load/load.ts";
import { count, parseWith } from "./flags.ts";
import { quietFields, quietFlags } from "./quiet.ts";
import { reportFields, reportFlags } from "./reports.ts";
import { decideFields, decideFlag } from "./until-decided.ts";

/** More connections than any server of the catalogue accepts from one client. */
const MOST_CLIENTS = 10_000;
/** More threads than cores only compete for cpu. */
const MOST_THREADS = 64;
/** More requests a second than one thread can send. */
const MOST_PER_S = 100_000;

const FLAGS = z
  .object({
    full: z.boolean().default(false),
    save: z.boolean().default(false),
    duration: count.optional(),
    rate: count.max(MOST_PER_S).optional(),
    concurrency: count.max(MOST_CLIENTS).optional(),
    threads: count.max(MOST_THREADS).optional(),
    ...quietFields,
    ...decideFields,
    ...reportFields,
  })
  .refine(({ save, anyway, add, wait }) => save || !(anyway || add || wait !== undefined), {
    path: ["save"],
    message: "missing: --wait, --anyway and --add say how a baseline is recorded",
  })
  .refine(({ save, untilDecided }) => !save || untilDecided === undefined, {
    path: ["save"],
    message: "a baseline has as many blocks as its time allows: not together with --until-decided",
  })
  .refine(({ save, rate, concurrency, threads }) => !save || !(rate ?? concurrency ?? threads), {
    path: ["save"],
    message: "a baseline holds the scenarios as they are: not together with --rate, --concurrency or --threads",
  })
  .refine(({ rate, threads }) => rate === undefined || threads === undefined, {
    path: ["threads"],
    message: "an open loop has one thread: not together with --rate",
  });

export function benchFlags(command: Command): Command {
  return quietFlags(decideFlag(reportFlags(command)), "with --save")
    .argument("[service...]", "only these services")
    .option("--full", "every scenario, in place of the smoke set")
    .option("--duration <seconds>", "time for everything; default: the profile's, or 5 s a scenario with --full")
    .option("--rate <per second>", "an open loop: so many requests a second of each scenario, answered or not")
    .option("--concurrency <clients>", "clients of each scenario; with --rate, its connections")
    .option("--threads <number>", "threads that share the clients of scenarios that one thread is too slow for")
    .option("--save", "record the figures as the baseline");
}

/** Parses the flags to `measure`'s options. */
export const parseBench = (raw: Readonly<Record<string, unknown>>) => {
  const { full, save, duration, rate, concurrency, threads, ...rest } = parseWith(FLAGS)(raw);
  const { anyway, add, wait, untilDecided, ...reports } = rest;
  const load: Load = {
    ...(rate === undefined ? {} : { ratePerS: rate }),
    ...(concurrency === undefined ? {} : { clients: concurrency }),
    ...(threads === undefined ? {} : { threads }),
  };
  return {
    save: save ? { anyway, add, wait } : undefined,
    reports,
    decide: { untilDecided },
    how: { all: full, thorough: save, load, ...(duration === undefined ? {} : { budgetS: duration }) },
  };
};
