/** Plans the steps that form one cluster from the observed nodes. Pure. */
import { countOf, equalRanges, formatRanges, SLOTS, slotsIn, toRanges, type ClusterNode, type Range } from "./nodes.ts";

/** A node of this stack, and its view of the cluster. */
export interface View {
  readonly instance: string;
  /** Current address of its container. */
  readonly address: string;
  readonly id: string;
  readonly epoch: number;
  readonly nodes: readonly ClusterNode[];
}

export type Step =
  | { readonly kind: "assign"; readonly instance: string; readonly ranges: readonly Range[] }
  /** `all`: the slots that it had, of which it lacks `ranges`. */
  | {
      readonly kind: "restore";
      readonly instance: string;
      readonly ranges: readonly Range[];
      readonly all: readonly Range[];
    }
  | { readonly kind: "epoch"; readonly instance: string; readonly epoch: number }
  | { readonly kind: "forget"; readonly instance: string; readonly id: string; readonly node: string }
  | { readonly kind: "meet"; readonly instance: string; readonly peer: string; readonly address: string };

export type Formation =
  | { readonly kind: "steps"; readonly steps: readonly Step[] }
  /** `mayPass`: the nodes may see it otherwise in a few seconds. */
  | { readonly kind: "refused"; readonly why: string; readonly fix: string; readonly mayPass?: true };

/**
 * Returns the missing steps, in order; none if the cluster is complete. Slots with an owner stay where they are; the
 * others go to the node that an equal division gives them to.
 */
export function planFormation(seen: readonly View[]): Formation {
  const returned = returnedNodes(seen);
  const views = seen.map((view) => withSlots(view, returned));
  const refusal = refuse(views, returned);
  if (refusal !== undefined) return { kind: "refused", ...refusal };
  const assignments = assign(views);
  const idle = views.find((view) => ownSlots(view).length === 0 && !assignments.some(isFor(view)));
  if (idle !== undefined) {
    const why = `the other nodes hold all slots, and ${idle.instance} would hold none: the cluster was formed with fewer nodes`;
    return {
      kind: "refused",
      why,
      fix: "Set services.redis.nodes to their number, or give up all keys of Redis: `npm run destroy -- redis`.",
    };
  }
  return {
    kind: "steps",
    steps: [...restore(returned), ...forget(views), ...assignments, ...setEpochs(views), ...meet(views)],
  };
}

/** Returns "gave slots 0-5460 to redis-1". */
export function formatStep(step: Step): string {
  return describe(step, (past) => past);
}

/** Returns "give slots 0-5460 to redis-1", for a step that is still missing. */
export function formatMissing(step: Step): string {
  return describe(step, (_, infinitive) => infinitive);
}

function describe(step: Step, verb: (past: string, infinitive: string) => string): string {
  switch (step.kind) {
    case "assign":
      return `${verb("gave", "give")} slots ${formatRanges(step.ranges)} to ${step.instance}`;
    case "restore":
      return `${verb("put", "put")} slots ${formatRanges(step.all)} back to ${step.instance}, which has lost its nodes.conf`;
    case "epoch":
      return `set config epoch ${step.epoch} on ${step.instance}`;
    case "forget":
      return `${verb("made", "make")} ${step.instance} forget ${step.node}`;
    case "meet":
      return `${verb("introduced", "introduce")} ${step.peer} at ${step.address} to ${step.instance}`;
  }
}

/** A node that has lost its nodes.conf, and with it the id by which its peers know it. */
interface Returned {
  readonly instance: string;
  /** Its old id. */
  readonly id: string;
  readonly all: readonly Range[];
  readonly lacking: readonly Range[];
}

/**
 * A node without its nodes.conf has a new id, and takes the slots of the keys that it finds in its volume; its peers keep
 * all its slots for the old id, which nobody answers for any more. So the one node whose slots are all among those of a
 * lost stranger is that stranger. A node without keys may be one whose volume is missing, and is none.
 */
function returnedNodes(views: readonly View[]): readonly Returned[] {
  return likelyReturned(views, (node) => isLost(node) || node.isUnlinked === true);
}

function likelyReturned(views: readonly View[], isMissing: (node: ClusterNode) => boolean): readonly Returned[] {
  const missing = new Map(
    views.flatMap((view) =>
      strangers(view, views)
        .filter((node) => isMissing(node) && node.slots.length > 0)
        .map((node) => [node.id, node]),
    ),
  );
  return [...missing.values()].flatMap(({ id, slots }) => {
    const all = new Set(slotsIn(slots));
    const candidates = views.filter((view) => {
      const own = slotsIn(ownSlots(view));
      return own.length > 0 && own.every((slot) => all.has(slot));
    });
    const [view] = candidates;
    if (candidates.length !== 1 || view === undefined) return [];
    const own = new Set(slotsIn(ownSlots(view)));
    const lacking = toRanges([...all].filter((slot) => !own.has(slot)).toSorted((a, b) => a - b));
    return [{ instance: view.instance, id, all: slots, lacking }];
  });
}

function withSlots(view: View, returned: readonly Returned[]): View {
  const own = returned.find(({ instance }) => instance === view.instance);
  if (!own) return view;
  return { ...view, nodes: view.nodes.map((node) => (node.id === view.id ? { ...node, slots: own.all } : node)) };
}

/** Before its peers forget the old id: a run that is killed between must find the slots somewhere. */
function restore(returned: readonly Returned[]): readonly Step[] {
  return returned.flatMap(({ instance, lacking, all }) =>
    lacking.length === 0 ? [] : [{ kind: "restore", instance, ranges: lacking, all } as const],
  );
}

type Refusal = Omit<Formation & { readonly kind: "refused" }, "kind">;

function refuse(views: readonly View[], returned: readonly Returned[]): Refusal | undefined {
  const fix = "Bring back the volume that is missing, or give up all keys of Redis: `npm run destroy -- redis`.";
  for (const view of views) {
    if (view.nodes.some(({ id, flags }) => id === view.id && flags.includes("slave"))) {
      return { why: `${view.instance} is a replica, and this stack has masters only`, fix };
    }
    for (const node of strangers(view, views)) {
      // A node of this stack whose volume is missing looks the same, and its slots must not be given away unasked.
      if (node.slots.length === 0 || returned.some(({ id }) => id === node.id)) continue;
      const name = `the node ${short(node.id)} at ${node.address || "an unknown address"}`;
      const slots = formatRanges(node.slots);
      return {
        // Its peers notice within a second that nobody answers for its old id.
        ...(likelyReturned(views, ({ id }) => id === node.id).length > 0 ? { mayPass: true } : {}),
        why: `slots ${slots} belong to ${name}, which is no node of this stack, by ${view.instance}`,
        fix: `If a volume of Redis is missing, bring it back. Otherwise end that node, run CLUSTER FORGET ${node.id} as admin on each node of this stack within a minute, and then \`npm run up\`, which gives its slots to them.`,
      };
    }
  }
  const conflict = firstConflict(views);
  return conflict === undefined ? undefined : { why: conflict, fix };
}

function firstConflict(views: readonly View[]): string | undefined {
  for (const [index, one] of views.entries()) {
    if (!views.slice(index + 1).some((other) => overlap(ownSlots(one), ownSlots(other)))) continue;
    const claimed = new Set(slotsIn(ownSlots(one)));
    for (const other of views.slice(index + 1)) {
      const both = slotsIn(ownSlots(other)).filter((slot) => claimed.has(slot));
      if (both.length === 0) continue;
      const slots = formatRanges(toRanges(both.toSorted((a, b) => a - b)));
      return `slots ${slots} are claimed by both ${one.instance} and ${other.instance}`;
    }
  }
  return undefined;
}

function overlap(some: readonly Range[], others: readonly Range[]): boolean {
  return some.some(([from, to]) => others.some(([first, last]) => first <= to && last >= from));
}

function assign(views: readonly View[]): readonly (Step & { readonly kind: "assign" })[] {
  // No slot has two owners.
  if (views.reduce((sum, view) => sum + countOf(ownSlots(view)), 0) === SLOTS) return [];
  const owned = new Set(views.flatMap((view) => slotsIn(ownSlots(view))));
  const ranges = equalRanges(views.length);
  return views.flatMap((view, index) => {
    const wanted = ranges.slice(index, index + 1);
    const free = slotsIn(wanted).filter((slot) => !owned.has(slot));
    return free.length === 0 ? [] : [{ kind: "assign", instance: view.instance, ranges: toRanges(free) } as const];
  });
}

/** Possible only while a node is alone; otherwise Redis resolves equal epochs itself, which takes longer. */
function setEpochs(views: readonly View[]): readonly Step[] {
  return views.flatMap(({ instance, epoch, nodes }, index) =>
    epoch === 0 && nodes.length === 1 ? [{ kind: "epoch", instance, epoch: index + 1 } as const] : [],
  );
}

function forget(views: readonly View[]): readonly Step[] {
  return views.flatMap((view) =>
    strangers(view, views).map(
      (node) => ({ kind: "forget", instance: view.instance, id: node.id, node: nameOf(node) }) as const,
    ),
  );
}

function meet(views: readonly View[]): readonly Step[] {
  return views.flatMap((view) =>
    views
      .filter((peer) => peer !== view && !knows(view, peer))
      .map(({ instance, address }) => ({ kind: "meet", instance: view.instance, peer: instance, address }) as const),
  );
}

/** New containers have new addresses, so a node that is known at an old one must be met again. */
function knows(view: View, peer: View): boolean {
  const node = view.nodes.find(({ id }) => id === peer.id);
  return node !== undefined && node.address === peer.address && !isUnmet(node) && !node.flags.includes("noaddr");
}

function strangers(view: View, views: readonly View[]): readonly ClusterNode[] {
  return view.nodes.filter((node) => !isUnmet(node) && !views.some(({ id }) => id === node.id));
}

function nameOf(node: ClusterNode): string {
  if (isLost(node)) return `the lost node ${short(node.id)}`;
  return `the node ${short(node.id)} at ${node.address || "an unknown address"}, which is no node of this stack`;
}

/** Returns true for a node that was met a moment ago: its real id is not known yet. */
function isUnmet({ flags }: ClusterNode): boolean {
  return flags.includes("handshake");
}

function isLost({ flags }: ClusterNode): boolean {
  return flags.includes("fail") || flags.includes("fail?") || flags.includes("noaddr");
}

function ownSlots({ id, nodes }: View): readonly Range[] {
  return nodes.find((node) => node.id === id)?.slots ?? [];
}

function isFor({ instance }: View) {
  return (step: Step) => step.instance === instance;
}

function short(id: string): string {
  return id.slice(0, 8);
}
