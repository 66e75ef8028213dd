/** Set-up and teardown of the benchmarks' own data, and what the servers say of themselves. */
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../core/errors.ts";
import type { Scenario } from "../core/service/scenario.ts";
import { withDeadline } from "../host/deadline.ts";
import type { NamedBench } from "./tracks.ts";

/** Making one service's data set; ten thousand rows take a second or two, a machine under load a few more. */
const SETUP_DEADLINE_MS = 60_000;
/** Making what one scenario needs alone: a million rows take a slow disk half a minute. */
const OWN_DATA_DEADLINE_MS = 120_000;
/** Dropping it. */
const TEARDOWN_DEADLINE_MS = 15_000;
/** Asking the server for its durability. */
const FINGERPRINT_DEADLINE_MS = 5_000;
/** A set-up that was interrupted may end by itself, so that teardown does not race with it. */
const SETTLE_DEADLINE_MS = 3_000;

export interface Prepared {
  /** Why a service, or one of its scenarios, cannot be measured; by its name. */
  readonly failures: ReadonlyMap<string, string>;
  /** Durability and other properties that a server reported, by service. */
  readonly durability: Readonly<Record<string, Record<string, string>>>;
}

/**
 * Sets all services up side by side, then makes what only some of the scenarios that were chosen need. Rejects only when
 * aborted; what fails is named in `failures`.
 */
export async function prepareAll(
  benches: readonly NamedBench[],
  scenarios: readonly Scenario[],
  signal: AbortSignal,
): Promise<Prepared> {
  const failures = new Map<string, string>();
  const durability: Record<string, Record<string, string>> = {};
  await Promise.all(
    benches.map(async ({ service, bench }) => {
      const setup = bench.setup();
      try {
        await withDeadline(setup, SETUP_DEADLINE_MS, `setting up ${service} did not end`, signal);
        durability[service] = { ...(await reported(bench.fingerprint(), service, signal)) };
        const own = scenarios.filter(({ name }) => bench.scenarios.some((scenario) => scenario.name === name));
        for (const { name, reason } of await failuresOf(own, signal)) failures.set(name, reason);
      } catch (error) {
        failures.set(service, `setting up the data failed: ${messageOf(error)}`);
        await Promise.race([setup.catch(() => undefined), sleep(SETTLE_DEADLINE_MS, undefined, { ref: false })]);
      }
    }),
  );
  signal.throwIfAborted();
  return { failures, durability };
}

/** One after the other: side by side they would wait for the same disk. */
async function failuresOf(scenarios: readonly Scenario[], signal: AbortSignal) {
  const failed: { readonly name: string; readonly reason: string }[] = [];
  for (const scenario of scenarios) {
    if (!scenario.prepare || signal.aborted) continue;
    const what = `making the data of ${scenario.name} did not end`;
    await withDeadline(scenario.prepare(), OWN_DATA_DEADLINE_MS, what, signal).catch((error: unknown) => {
      failed.push({ name: scenario.name, reason: `making its data failed: ${messageOf(error)}` });
    });
  }
  return failed;
}

/** Removes everything the benchmarks made. Never rejects: answers what could not be removed. */
export async function teardownAll(benches: readonly NamedBench[]): Promise<readonly string[]> {
  const problems = await Promise.all(
    benches.map(async ({ service, bench }) => {
      try {
        await withDeadline(bench.teardown(), TEARDOWN_DEADLINE_MS, "removing the data did not end");
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
    return await withDeadline(asked, FINGERPRINT_DEADLINE_MS, `${service} did not answer`, signal);
  } catch (error) {
    return { unknown: messageOf(error) };
  }
}
