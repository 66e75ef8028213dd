/** Whether what a setting keeps on disk fits there. Pure. */
import { LOGS_FRACTION } from "../../core/desire/log-budget.ts";
import type { JudgeInput, Judgement } from "../../core/service/setting-rules.ts";
import { bytes, formatBytes, percentOf } from "../../core/units.ts";
import { numberIn } from "./settings.ts";

/**
 * Judges settings that let a server keep as many bytes on disk, in addition to its data. Refuses what the machine's disk
 * cannot hold; warns of more than the disk budget of all logs together. A disk whose size is not known is not judged.
 */
export function diskRules(
  { settings, tuned: { machine } }: Pick<JudgeInput, "settings" | "tuned">,
  names: readonly string[],
): readonly Judgement[] {
  const { disk } = machine;
  if (disk === undefined) return [];
  const budget = bytes(disk * LOGS_FRACTION);
  return names.flatMap((name): readonly Judgement[] => {
    const size = numberIn(settings, name);
    if (size <= budget) return [];
    const found = `${formatBytes(bytes(size))} on a disk of ${formatBytes(disk)}`;
    const expected =
      `at most ${formatBytes(budget)}, ${percentOf(LOGS_FRACTION)} of the disk: ` +
      "the rest is for images, data and the logs of the other services";
    return [{ settings: [name], severity: size >= disk ? "refused" : "warned", found, expected }];
  });
}
