/** How a data disk gets its size. */
import { bytes } from "../../core/units.ts";
import type { Bytes } from "../../core/units.ts";

/**
 * The sizes to start with, one start after the other. Colima grows a disk only where the size asked for is above the one
 * it has on record, and the record can be false: it is put right by a start with the real size. A size below the real
 * one is never asked for: nothing would shrink, and the record would become false.
 */
export function diskSteps(wish: Bytes, real: Bytes | undefined, recorded: Bytes | undefined): readonly Bytes[] {
  const size = real ?? recorded;
  if (size === undefined) return [wish];
  if (size >= wish) return [size];
  const grows = recorded !== undefined && recorded < wish;
  return grows ? [wish] : [bytes(size), wish];
}
