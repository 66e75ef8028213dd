import type { Progress, Report } from "../../../stack/core/progress.ts";
import { provisionEngine } from "../../../stack/runtimes/provision/index.ts";
import type { FakeComputer } from "./computer.ts";

export const stateFolder = "/srv/shop/.plumbline";

export interface Extra {
  readonly allow?: boolean;
  readonly extraPackages?: readonly string[];
  readonly signal?: AbortSignal;
  readonly report?: Report;
}

/** Provisions and answers the events, in order. */
export async function provision(computer: FakeComputer, extra: Extra = {}): Promise<readonly Progress[]> {
  const events: Progress[] = [];
  await provisionEngine({
    host: computer.host,
    stateFolder,
    report: (event) => events.push(event),
    signal: new AbortController().signal,
    allow: true,
    ...extra,
  });
  return events;
}
