/**
 * Numbers as intervals: a printed "4.2" is anything from 4.15 to 4.25. Only intervals that cannot overlap contradict.
 */

export interface Interval {
  readonly low: number;
  readonly high: number;
}

export function overlaps(left: Interval, right: Interval): boolean {
  // A tolerance of a millionth: binary fractions of equal decimal limits must not contradict.
  const slack = 1e-6 * Math.max(Math.abs(left.low), Math.abs(right.low));
  return left.low <= right.high + slack && right.low <= left.high + slack;
}

export function plus(left: Interval, right: Interval): Interval {
  return { low: left.low + right.low, high: left.high + right.high };
}

export function minus(left: Interval, right: Interval): Interval {
  return { low: left.low - right.high, high: left.high - right.low };
}

/** For non-negative numbers. */
export function product(left: Interval, right: Interval): Interval {
  return { low: left.low * right.low, high: left.high * right.high };
}

/** For non-negative numbers; the divisor may include zero. */
export function quotient(left: Interval, right: Interval): Interval {
  return { low: left.low / right.high, high: right.low <= 0 ? Infinity : left.high / right.low };
}

export function scaled({ low, high }: Interval, factor: number): Interval {
  return { low: low * factor, high: high * factor };
}

export function middle({ low, high }: Interval): number {
  return (low + high) / 2;
}
