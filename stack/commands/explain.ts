/** `explain`: explains every number, for the stack's machine if it answers, otherwise for the profile's. */
import { explain } from "../core/desire/explain.ts";
import type { Explained } from "../core/results/commands/explain.ts";
import { limitsOf } from "../core/results/commands/parts.ts";
import { certificateSettings } from "../core/desire/desire.ts";
import { readCertificates } from "../records/certificates/store.ts";
import { certificatesOf } from "./request/desired.ts";
import { discoverEngine } from "./request/discovery.ts";
import { readWanted, type StackOptions } from "./request/request.ts";
import { sizeToLook } from "./request/sized-to-look.ts";

/**
 * Explains everything, one service ("postgres") or one setting ("postgres.shared_buffers"). Works without an engine.
 * Throws BUDGET_IMPOSSIBLE, PROFILE_INVALID, WRONG_USAGE.
 */
export async function explainStack(options: StackOptions, name: string | undefined): Promise<Explained> {
  const wanted = await readWanted(options);
  const found = await discoverEngine(wanted);
  const from = found.kind === "engine" ? "the machine" : "the profile";
  const { machine, budget, sized: tuned, warnings, refusals } = await sizeToLook(wanted, found);
  const { store } = await readCertificates(wanted.services, certificatesOf(wanted));
  const sized = tuned.map((service) => ({
    ...service,
    settings: [...service.settings, ...certificateSettings(service.definition, store)],
  }));
  return {
    stack: wanted.stack,
    profile: wanted.profileReference,
    machine: { cpus: machine.cpus, memoryBytes: machine.memory, from },
    explanations: explain(budget, sized, name),
    notes: [...refusals, ...warnings],
    sizedFor: limitsOf(budget.machine),
  };
}
