/** Set-up and teardown of the benchmarks' own data, and the properties that the servers report. */
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../core/errors.ts";
import type { Scenario } from "../core/service/scenario.ts";
import { withDeadline } from "../host/deadline.ts";
import type { NamedBench } from "./tracks.ts";

/** Creating one service's data set; ten thousand rows take a second or two, longer on a busy machine. */
const SETUP_DEADLINE_MS = 60_000;
/** Creating the data of one scenario; a million rows take half a minute on a slow disk. */
const OWN_DATA_DEADLINE_MS = 120_000;
/** Deleting it. */
const TEARDOWN_DEADLINE_MS = 15_000;
/** Asking the server for its durability. */
const FINGERPRINT_DEADLINE_MS = 5_000;
/** An interrupted set-up may finish by itself, so that teardown does not race with it. */
const SETTLE_DEADLINE_MS = 3_000;

export interface Prepared {
  /** Why a service or a scenario cannot be measured, by its name. */
  readonly failures: ReadonlyMap<string, string>;
  /** Durability and other properties that a server reported, by service. */
  readonly durability: Readonly<Record<string, Record<string, string>>>;
}

/**
 * Sets all services up in parallel, then creates the data that only some of the chosen scenarios need. Rejects only
 * when aborted; other failures are named in `failures`.
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

/** One after the other: in parallel they would wait for the same disk. */
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

/** Removes everything that the benchmarks created. Never rejects: resolves to what could not be removed. */
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

/**
 * A server that does not report its durability must not compare with any other, so the result differs from all others.
 */
async function reported(asked: Promise<Readonly<Record<string, string>>>, service: string, signal: AbortSignal) {
  try {
    return await withDeadline(asked, FINGERPRINT_DEADLINE_MS, `${service} did not answer`, signal);
  } catch (error) {
    return { unknown: messageOf(error) };
  }
}
