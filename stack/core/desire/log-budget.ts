/** The disk budget: how much of the machine's disk the logs of changes may take. Pure. */
import type { Needs } from "../service/service.ts";
import { bytes, type Bytes } from "../units.ts";

/** Part of the disk for logs of changes. The rest is for images, data, and what programs beside the stack keep. */
export const LOGS_FRACTION = 1 / 4;

export interface LogBudget {
  /** Undefined if the machine's disk is not known; every service then gets its ideal. */
  readonly available: Bytes | undefined;
  /** The part of one instance, by service; a service that keeps no such logs is absent. */
  readonly shares: ReadonlyMap<string, Bytes>;
}

interface LogClaim {
  readonly service: string;
  readonly instances: number;
  readonly needs: Needs;
}

/**
 * Shares a quarter of the disk: every instance gets floor + t · (ideal − floor), one t between 0 and 1 for all, so that
 * the sum fits. On a disk that is too small even for the floors, each gets the same part of its floor. A larger disk
 * never gives less.
 */
export function shareLogs(claims: readonly LogClaim[], disk: Bytes | undefined): LogBudget {
  const wanting = claims.flatMap(({ service, instances, needs: { logs } }) =>
    logs === undefined ? [] : [{ service, instances, ...logs }],
  );
  const total = (of: "floor" | "ideal") => wanting.reduce((sum, claim) => sum + claim.instances * claim[of], 0);
  const [floors, ideals] = [total("floor"), total("ideal")];
  const available = disk === undefined ? undefined : bytes(disk * LOGS_FRACTION);
  const room = Math.min(ideals, available ?? ideals);
  const part = ideals > floors ? Math.max(0, (room - floors) / (ideals - floors)) : 1;
  const shrink = floors > 0 ? Math.min(1, room / floors) : 1;
  const shares = wanting.map(({ service, floor, ideal }): [string, Bytes] => {
    return [service, bytes(Math.floor((floor + part * (ideal - floor)) * shrink))];
  });
  return { available, shares: new Map(shares) };
}
