/** The flags of commands that record a baseline: what to do on a machine that is not quiet. */
import type { Command } from "commander";
import { z } from "zod";
import type { QuietOptions } from "../../stack/commands/quiet.ts";
import type { Context } from "./command.ts";

const DEFAULT_WAIT_S = 120;
const WAIT_MAXIMUM_S = 3600;
const SECONDS = `expected a whole number of seconds from 0 to ${WAIT_MAXIMUM_S}`;

export const quietFields = {
  anyway: z.boolean().default(false),
  add: z.boolean().default(false),
  wait: z.coerce.number({ error: SECONDS }).int(SECONDS).min(0, SECONDS).max(WAIT_MAXIMUM_S, SECONDS).optional(),
};

export function quietFlags(command: Command, when: string): Command {
  return command
    .option("--wait <seconds>", `${when}: how long to wait for a quiet machine (default: ${DEFAULT_WAIT_S})`)
    .option("--anyway", `${when}: do not wait; disturbed runs are marked`)
    .option("--add", `${when}: keep the runs that are there, in place of replacing them`);
}

/** Asks where `offer` exists: on a terminal and without --yes, which would agree to a noisy baseline unseen. */
export function quietOptions(
  { anyway, wait = DEFAULT_WAIT_S }: { readonly anyway: boolean; readonly wait?: number | undefined },
  { offer, confirm }: Pick<Context<unknown>, "offer" | "confirm">,
): QuietOptions {
  return { anyway, waitS: wait, ...(offer ? { confirm } : {}) };
}
