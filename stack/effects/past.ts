/** Earlier runs of a stack, as its reports draw them. */
import { readHistory } from "../bench/history-file.ts";
import { historySeries } from "../bench/history.ts";
import type { Past } from "../report/html/input.ts";

/** `folder`: the stack's results. A history that cannot be read is none: the report of today is worth having. */
export async function pastOf(folder: string): Promise<Past> {
  const { entries: history } = await readHistory(folder).catch(() => ({ entries: [] }));
  const positions = new Map(history.map(({ at }, index) => [at, index]));
  const changes = historySeries(history).flatMap(({ scenario, points }) =>
    points.flatMap(({ at, change }) => {
      const index = positions.get(at);
      return change === undefined || index === undefined ? [] : [{ scenario, index, ...change }];
    }),
  );
  return { history, changes };
}
