/** Little's law as a self-check: N clients = throughput × mean latency, in any closed loop without pauses. */

/** Deviation that scheduling between two operations may cause; a larger one means that the figures contradict. */
export const LITTLE_TOLERANCE = 0.05;

export interface LittleCheck {
  /** |N − X·L̄| / N. */
  readonly deviation: number;
  readonly holds: boolean;
}

/** `throughput` in operations a second, `meanMs` in milliseconds. Source: Little, 1961, L = λW. */
export function checkLittle(clients: number, throughput: number, meanMs: number): LittleCheck {
  const deviation = Math.abs(clients - throughput * (meanMs / 1000)) / clients;
  return { deviation, holds: deviation <= LITTLE_TOLERANCE };
}
