/** Figures as people read them. Pure. */

export function rate(perSecond: number): string {
  return perSecond >= 100 ? Math.round(perSecond).toLocaleString("en-US") : perSecond.toPrecision(3);
}

export function durationMs(ms: number | undefined): string {
  if (ms === undefined) return "not measured";
  return ms < 1 ? `${Math.round(ms * 1000)} µs` : `${ms.toPrecision(3)} ms`;
}
