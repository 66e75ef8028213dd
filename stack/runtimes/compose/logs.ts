/** Shows the output of `docker compose logs`. */
import { finished } from "node:stream/promises";
import type { DeployedStack, ShowLogsOptions } from "../../core/machine/deployer.ts";
import { projectName } from "../../core/stack-names.ts";
import type { Compose } from "../../docker/compose.ts";
import { cleanLines } from "./clean-lines.ts";

/** Deadline without `follow`; with it there is none. */
const SHOW_DEADLINE_MS = 60_000;

/** Also resolves when the signal aborts it. Rejects with COMPOSE_FAILED. */
export async function showComposeLogs(
  compose: Pick<Compose, "follow">,
  { stack }: DeployedStack,
  instances: readonly string[],
  { lines, follow, coloured, output, errors, signal }: ShowLogsOptions,
): Promise<void> {
  const flags = ["--tail", String(lines), ...(follow ? ["--follow"] : [])];
  // Compose finds containers by their labels, because more may run than the generated file names (`up --only`). Its
  // colours could not be told from what the servers write.
  const global = ["--ansi", "never", "-p", projectName(stack)];
  const cleaned = [cleanLines({ coloured }), cleanLines({ coloured: false })] as const;
  cleaned[0].pipe(output, { end: false });
  cleaned[1].pipe(errors, { end: false });
  try {
    await compose.follow([...global, "logs", ...flags, ...instances], {
      output: cleaned[0],
      errors: cleaned[1],
      signal,
      ...(follow ? {} : { timeoutMs: SHOW_DEADLINE_MS }),
    });
  } finally {
    for (const stream of cleaned) stream.end();
    await Promise.all(cleaned.map((stream) => finished(stream)));
  }
}
