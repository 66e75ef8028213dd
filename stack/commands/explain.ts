/** `explain`: explains every number, for the stack's machine if it answers, otherwise for the profile's. */
import { explain } from "../core/desire/explain.ts";
import type { Explained } from "../core/results/commands/explain.ts";
import { limitsOf } from "../core/results/commands/parts.ts";
import { certificateSettings } from "../core/desire/desire.ts";
import { readCertificates } from "../records/certificates/store.ts";
import { certificatesOf, sizeWanted } from "./request/desired.ts";
import type { SizedService } from "../core/desire/desire.ts";
import { discoverEngine, type FoundEngine } from "./request/discovery.ts";
import { imagesInEngine } from "./request/image-sources.ts";
import { readWanted, type StackOptions, type Wanted } from "./request/request.ts";
import { handedOver } from "./request/unknown-names.ts";

/**
 * Explains everything, one service ("postgres") or one setting ("postgres.shared_buffers"). Works without an engine.
 * Throws BUDGET_IMPOSSIBLE, PROFILE_INVALID, WRONG_USAGE.
 */
export async function explainStack(options: StackOptions, name: string | undefined): Promise<Explained> {
  const wanted = await readWanted(options);
  const found = await discoverEngine(wanted);
  const from = found.kind === "engine" ? "the machine" : "the profile";
  const machine = found.kind === "engine" ? found.state.facts : wanted.profile.machine;
  const reading = { purpose: "look", unknownNames: "returned" } as const;
  const { budget, sized: tuned, warnings, refusals, unknown } = sizeWanted(wanted, machine, reading);
  const images = unknown.length > 0 && found.kind === "engine" ? await presentIn(wanted, found, tuned) : NO_IMAGES;
  const handed = handedOver(wanted, unknown, images);
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
    notes: [...refusals, ...warnings, ...handed],
    sizedFor: limitsOf(budget.machine),
  };
}

const NO_IMAGES: Awaited<ReturnType<typeof presentIn>> = new Map();

function presentIn({ stack, host, profile }: Wanted, { engine }: FoundEngine, sized: readonly SizedService[]) {
  return imagesInEngine(sized, { engine, policy: profile.images, host, stack });
}
