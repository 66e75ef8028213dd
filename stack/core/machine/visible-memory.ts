/** How much of its nominal memory a machine reports. Pure. */
import { mib, type Bytes } from "../units.ts";

/**
 * The kernel keeps a share for itself, and on machines near the end of the 32-bit address space a fixed piece besides
 * (the bounce buffers of swiotlb take 64 MiB). Seen inside Colima's machines: 96.1 % of 2 GiB, 94.7 % of 3 GiB, 96.9 % of
 * 8 GiB, 97.6 % of 16 GiB.
 */
const KEPT_SHARE = 0.07;
const KEPT = mib(64);

/** Returns whether a machine that was given `nominal` may report `inside`. */
export function isMemoryOf(inside: Bytes, nominal: Bytes): boolean {
  return inside >= nominal * (1 - KEPT_SHARE) - KEPT && inside <= nominal * (1 + KEPT_SHARE);
}
