/** Chooses scenarios when the time does not hold all of them. Pure, and the same for the same scenarios. */
import type { Effect } from "../core/service/scenario.ts";

export interface Choosable {
  readonly service: string;
  readonly effect: Effect;
}

/**
 * Returns the scenarios by priority: the first read of every service, then the first durable write of every service,
 * then the others, one of every service in turn, each in the order in which the service declares them. A read comes
 * first because it needs the least time for a verdict; a durable write comes second because only it meets the disk.
 */
export function byPriority<T extends Choosable>(items: readonly T[]): readonly T[] {
  const services = [...new Set(items.map(({ service }) => service))];
  const ranked = services.flatMap((service) =>
    ofService(items.filter((item) => item.service === service)).map((item, rank) => ({ item, rank })),
  );
  return ranked.toSorted((left, right) => left.rank - right.rank).map(({ item }) => item);
}

function ofService<T extends Choosable>(own: readonly T[]): readonly T[] {
  const read = own.find(({ effect }) => effect === "read");
  const durable = own.find(({ effect }) => effect === "durable write");
  return [...new Set([read, durable, ...own].filter((item) => item !== undefined))];
}

/**
 * Returns the `possible` scenarios of the highest priority, but one of every service at least, in their given order.
 */
export function choose<T extends Choosable>(items: readonly T[], possible: number): readonly T[] {
  const services = new Set(items.map(({ service }) => service)).size;
  const chosen = new Set(byPriority(items).slice(0, Math.max(services, possible)));
  return items.filter((item) => chosen.has(item));
}
