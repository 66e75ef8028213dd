/** Determines how a data disk gets its size. */
import { bytes } from "../../core/units.ts";
import type { Bytes } from "../../core/units.ts";

/**
 * Returns the disk sizes for consecutive starts. Colima grows a disk only if the requested size is above the recorded
 * one, and the record can be wrong; a start with the real size corrects it. A size below the real one is never
 * requested: the disk would not shrink, and the record would become wrong.
 */
export function diskSteps(wish: Bytes, real: Bytes | undefined, recorded: Bytes | undefined): readonly Bytes[] {
  const size = real ?? recorded;
  if (size === undefined) return [wish];
  if (size >= wish) return [size];
  const grows = recorded !== undefined && recorded < wish;
  return grows ? [wish] : [bytes(size), wish];
}
