/** Checks whether a neighbour on the machine's network can reach the containers around the published ports. */
import { commandsFor, keepOut, lookAtRouting, routingNotes, type Place } from "../../converge/direct-routing.ts";
import type { FoundEngine } from "../request/discovery.ts";
import type { Wanted } from "../request/request.ts";
import { ok, warning, type Finding } from "./check.ts";

const CHECK = "neighbours";

/** The rule is added by `--fix` alone: a firewall is its owner's, and is not changed unasked. */
export async function checkRouting(
  { stack }: Pick<Wanted, "stack">,
  { engine, runtime, state }: Pick<FoundEngine, "engine" | "runtime" | "state">,
): Promise<readonly Finding[]> {
  const place: Place = { engine, runtime, facts: state.facts, stack };
  const routing = await lookAtRouting(place);
  const [note] = routingNotes(routing);
  if (note === undefined || routing.kind === "refused") return [ok(CHECK, "cannot reach the containers' addresses")];
  const remedy = `--fix, or ${commandsFor(place, routing.bridges).join("; ")}. An engine from version 28 needs no rule.`;
  const found = warning(CHECK, note, remedy);
  if (routing.kind !== "open") return [found];
  const repair = async () => {
    await keepOut(place);
    return `added a rule for ${routing.bridges.join(", ")}`;
  };
  return [{ ...found, repair }];
}
