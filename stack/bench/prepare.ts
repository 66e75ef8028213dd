/** Set-up and teardown of the benchmarks' own data, and what the servers say of themselves. */
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../core/errors.ts";
import { within } from "./deadline.ts";
import type { NamedBench } from "./tracks.ts";

/** Making one service's data set; ten thousand rows take a second or two, a machine under load a few more. */
const SETUP_DEADLINE_MS = 60_000;
/** Dropping it. */
const TEARDOWN_DEADLINE_MS = 15_000;
/** Asking the server for its durability. */
const FINGERPRINT_DEADLINE_MS = 5_000;
/** A set-up that was interrupted may end by itself, so that teardown does not race with it. */
const SETTLE_DEADLINE_MS = 3_000;

export interface Prepared {
  /** Why a service cannot be measured, by service. */
  readonly failures: ReadonlyMap<string, string>;
  /** Durability and other properties that a server reported, by service. */
  readonly durability: Readonly<Record<string, Record<string, string>>>;
}

/** Sets all services up side by side. Rejects only when aborted; one that fails is named in `failures`. */
export async function prepareAll(benches: readonly NamedBench[], signal: AbortSignal): Promise<Prepared> {
  const failures = new Map<string, string>();
  const durability: Record<string, Record<string, string>> = {};
  await Promise.all(
    benches.map(async ({ service, bench }) => {
      const setup = bench.setup();
      try {
        await within(setup, { deadlineMs: SETUP_DEADLINE_MS, what: `setting up ${service}`, signal });
        durability[service] = { ...(await reported(bench.fingerprint(), service, signal)) };
      } catch (error) {
        failures.set(service, `setting up the data failed: ${messageOf(error)}`);
        await Promise.race([setup.catch(() => undefined), sleep(SETTLE_DEADLINE_MS, undefined, { ref: false })]);
      }
    }),
  );
  signal.throwIfAborted();
  return { failures, durability };
}

/** Removes everything the benchmarks made. Never rejects: answers what could not be removed. */
export async function teardownAll(benches: readonly NamedBench[]): Promise<readonly string[]> {
  const problems = await Promise.all(
    benches.map(async ({ service, bench }) => {
      try {
        await within(bench.teardown(), { deadlineMs: TEARDOWN_DEADLINE_MS, what: "removing the data" });
        return [];
      } catch (error) {
        return [`${service}: the benchmark's data may remain until the next run: ${messageOf(error)}`];
      }
    }),
  );
  return problems.flat();
}

/** A server that does not say how durable it is compares with nothing: the answer differs from any other. */
async function reported(asked: Promise<Readonly<Record<string, string>>>, service: string, signal: AbortSignal) {
  try {
    return await within(asked, { deadlineMs: FINGERPRINT_DEADLINE_MS, what: `asking ${service}`, signal });
  } catch (error) {
    return { unknown: messageOf(error) };
  }
}
