/** Parses a node's view of its cluster. Pure. */

export const SLOTS = 16_384;

/** First and last slot, both included. */
export type Range = readonly [first: number, last: number];

export interface ClusterNode {
  readonly id: string;
  /** The address at which the asked node reaches this one; empty while it does not know one. */
  readonly address: string;
  readonly flags: readonly string[];
  /** True if the asked node has no connection to it at the moment. */
  readonly isUnlinked?: true;
  readonly slots: readonly Range[];
}

/**
 * Parses the reply of CLUSTER NODES: `<id> <ip:port@cport[,hostname]> <flags> <master> <ping> <pong> <epoch> <link>
 * <slot> …` (https://redis.io/docs/latest/commands/cluster-nodes/). Migrating slots, in brackets, are left out.
 */
export function parseNodes(text: string): readonly ClusterNode[] {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [id = "", endpoint = "", flags = "", , , , , link, ...slots] = line.trim().split(" ");
      return {
        id,
        address: /^(.*):\d+@/.exec(endpoint)?.[1] ?? "",
        flags: flags.split(","),
        ...(link === "disconnected" ? { isUnlinked: true as const } : {}),
        slots: slots.filter((slot) => !slot.startsWith("[")).map(parseRange),
      };
    });
}

/** Returns the fields of CLUSTER INFO or INFO: `name:value` lines. */
export function parseInfo(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split(/\r?\n/).flatMap((line) => {
      const at = line.indexOf(":");
      return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1)] as const];
    }),
  );
}

/** Divides all slots in order into one range per node; lengths differ by at most one slot. */
export function equalRanges(nodes: number): readonly Range[] {
  const first = (index: number) => Math.floor((index * SLOTS) / nodes);
  return Array.from({ length: nodes }, (_, index) => [first(index), first(index + 1) - 1]);
}

/** Joins neighbouring slots into ranges; `slots` must be ascending. */
export function toRanges(slots: readonly number[]): readonly Range[] {
  const ranges: Range[] = [];
  for (const slot of slots) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === slot - 1) ranges[ranges.length - 1] = [last[0], slot];
    else ranges.push([slot, slot]);
  }
  return ranges;
}

export function formatRanges(ranges: readonly Range[]): string {
  return ranges.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`)).join(", ");
}

export function slotsIn(ranges: readonly Range[]): readonly number[] {
  const slots: number[] = [];
  for (const [first, last] of ranges) for (let slot = first; slot <= last; slot += 1) slots.push(slot);
  return slots;
}

export function isIn(ranges: readonly Range[], slot: number): boolean {
  return ranges.some(([from, to]) => slot >= from && slot <= to);
}

export function countOf(ranges: readonly Range[]): number {
  return ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0);
}

/**
 * Returns the slot of a key or hash tag: CRC16 of its bytes, in the variant XMODEM, modulo the number of slots
 * (https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/, appendix A).
 */
export function slotOf(tag: string): number {
  let crc = 0;
  for (const byte of new TextEncoder().encode(tag)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 0x80_00 ? (crc << 1) ^ 0x10_21 : crc << 1) & 0xff_ff;
  }
  return crc % SLOTS;
}

/** Enough hash tags that each node of the largest cluster holds some: the chance of none, (5/6)^512, is negligible. */
const TAGS = 512;

/** Returns a hash tag whose slot is in the ranges. */
export function tagIn(ranges: readonly Range[]): string | undefined {
  for (let index = 0; index < TAGS; index += 1) if (isIn(ranges, slotOf(String(index)))) return String(index);
  return undefined;
}

function parseRange(text: string): Range {
  const [first, last = first] = text.split("-").map(Number);
  return [first ?? 0, last ?? 0];
}
