/**
 * Whether a computer on the machine's own network reaches the containers of a stack around the published ports, and the
 * rule of the firewall that keeps it out.
 *
 * Ports are published on 127.0.0.1 only. But engines before 28 accept every packet to a published port of a container,
 * also one that a neighbour routes to the container's own address
 * (https://docs.docker.com/engine/network/packet-filtering-firewalls/, "direct routing"). Connections of this computer
 * do not pass the chain of forwarded packets, so the rule does not concern them.
 */
import type { Engine } from "../core/machine/engine.ts";
import type { MachineFacts } from "../core/machine/facts.ts";
import type { MachineShell, Runtime } from "../core/machine/runtime.ts";
import { PlumblineError } from "../core/errors.ts";
import { projectName } from "../core/stack-names.ts";

export interface Place {
  readonly engine: Pick<Engine, "bridges">;
  readonly runtime: Pick<Runtime, "machineShell">;
  readonly facts: Pick<MachineFacts, "engineVersion">;
  readonly stack: string;
}

export type Routing =
  /** The engine refuses it, or there is no bridge that a neighbour could route to. */
  | { readonly kind: "refused" }
  | {
      /** `kept out`: every bridge has its rule. `open`: `bridges` have none. `unknown`: it needs root to look. */
      readonly kind: "kept out" | "open" | "unknown";
      readonly bridges: readonly string[];
      /** Rules of this stack for bridges that are gone, as arguments of iptables. */
      readonly stale: readonly (readonly string[])[];
      readonly why?: string;
    };

/** The first engine that refuses packets that are routed to a container's address. */
const REFUSING_VERSION = 28;

/** The chain that engines leave to the owner of the machine, and pass first. */
const CHAIN = "DOCKER-USER";

/** Changes nothing. */
export async function lookAtRouting(place: Place): Promise<Routing> {
  const shell = place.runtime.machineShell;
  if (Number.parseInt(place.facts.engineVersion, 10) >= REFUSING_VERSION || shell === undefined)
    return { kind: "refused" };
  const all = await place.engine.bridges(projectName(place.stack));
  if (all.length === 0) return { kind: "refused" };
  const interfaces = await shell.run(["ls", "/sys/class/net"]);
  if (!interfaces.ok)
    return { kind: "unknown", bridges: all, stale: [], why: interfaces.stderr.trim() || "its machine does not answer" };
  const present = new Set(interfaces.stdout.split(/\s+/));
  // Bridges elsewhere are in a virtual machine or a container, to which the neighbours of this computer have no route.
  const bridges = all.filter((name) => present.has(name));
  if (bridges.length === 0) return { kind: "refused" };
  if (!shell.isRoot) return { kind: "unknown", bridges, stale: [], why: "only root can list the rules" };
  const listed = await shell.run(["iptables", "-w", "-S", CHAIN]);
  if (!listed.ok) return { kind: "unknown", bridges, stale: [], why: listed.stderr.trim() || `there is no ${CHAIN}` };
  const own = ownRules(listed.stdout, commentOf(place.stack));
  const open = bridges.filter((bridge) => !own.some((rule) => rule.includes(bridge)));
  const stale = own.filter((rule) => !all.some((bridge) => rule.includes(bridge)));
  return { kind: open.length > 0 ? "open" : "kept out", bridges: open, stale };
}

/** Adds the missing rules and removes those of bridges that are gone. Doing it again changes nothing. */
export async function keepOut(place: Place): Promise<void> {
  const routing = await lookAtRouting(place);
  const shell = place.runtime.machineShell;
  if (routing.kind === "refused" || shell === undefined) return;
  if (routing.kind === "unknown") throw unchanged(routing.why ?? "the rules cannot be read");
  for (const bridge of routing.bridges) await change(shell, ["-I", CHAIN, ...ruleOf(place.stack, bridge)]);
  for (const rule of routing.stale) await change(shell, ["-D", CHAIN, ...rule]);
}

/**
 * Networks that were made anew have other bridges. Whoever added the rules once wants them for these too, so they are
 * renewed; where there was none, nothing is changed.
 */
export async function renewRules(place: Place): Promise<Routing> {
  const routing = await lookAtRouting(place);
  if (routing.kind !== "open" || routing.stale.length === 0) return routing;
  await keepOut(place);
  return lookAtRouting(place);
}

/** Removes every rule of a stack whose networks are gone. */
export async function forgetRules(place: Pick<Place, "runtime" | "stack">): Promise<void> {
  const shell = place.runtime.machineShell;
  if (!shell?.isRoot) return;
  const { ok, stdout } = await shell.run(["iptables", "-w", "-S", CHAIN]);
  if (!ok) return; // no such chain: nothing was added
  for (const rule of ownRules(stdout, commentOf(place.stack))) await change(shell, ["-D", CHAIN, ...rule]);
}

/** Returns what a person must know of it; nothing if neighbours are kept out. */
export function routingNotes(routing: Routing): readonly string[] {
  switch (routing.kind) {
    case "refused":
    case "kept out":
      return [];
    case "open":
      return [`${routed(routing.bridges)}, and no rule keeps it out: \`npm run doctor -- --fix\` adds one`];
    case "unknown": {
      const look = `unless a rule of the firewall keeps it out (${routing.why ?? "unknown"}): run \`npm run doctor\` as root`;
      return [`${routed(routing.bridges)}, ${look}`];
    }
  }
}

function routed(bridges: readonly string[]): string {
  return `engines before ${REFUSING_VERSION} let a computer on this network reach the stack's ports if it routes to ${bridges.join(", ")}`;
}

/** Returns the commands that a person can run as root instead. */
export function commandsFor({ stack }: Pick<Place, "stack">, bridges: readonly string[]): readonly string[] {
  return bridges.map((bridge) => `sudo iptables -I ${CHAIN} ${ruleOf(stack, bridge).join(" ")}`);
}

/**
 * Drops what is forwarded into the bridge from elsewhere, except answers. Nothing legitimate is: containers of other
 * networks are kept apart by the engine, and published ports take connections of the machine itself only.
 */
function ruleOf(stack: string, bridge: string): readonly string[] {
  const isNew = ["-m", "conntrack", "!", "--ctstate", "RELATED,ESTABLISHED"];
  return ["!", "-i", bridge, "-o", bridge, ...isNew, "-m", "comment", "--comment", commentOf(stack), "-j", "DROP"];
}

function commentOf(stack: string): string {
  return `plumbline:${stack}`;
}

/** Returns the arguments of each rule with this comment, from "-A DOCKER-USER ! -i br-1 … -j DROP". */
function ownRules(listed: string, comment: string): readonly (readonly string[])[] {
  const rules = listed.split("\n").map((line) => line.trim().split(/\s+/).map(unquoted));
  return rules.filter((words) => words[0] === "-A" && words.includes(comment)).map((words) => words.slice(2));
}

function unquoted(word: string): string {
  return word.replace(/^"(.*)"$/, "$1");
}

async function change(shell: MachineShell, args: readonly string[]): Promise<void> {
  const { ok, stderr } = await shell.run(["iptables", "-w", ...args]);
  if (!ok) throw unchanged(stderr.trim());
}

function unchanged(why: string): PlumblineError {
  return new PlumblineError("ENGINE_REFUSED", {
    what: "The rule that keeps neighbours out was not added",
    why,
    fix: "Run `npm run doctor -- --fix` as root where the engine runs, or use an engine from version 28",
  });
}
