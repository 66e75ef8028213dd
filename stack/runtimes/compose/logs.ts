/** Shows the output of `docker compose logs`. */
import { Transform } from "node:stream";
import { finished } from "node:stream/promises";
import type { DeployedStack, ShowLogsOptions } from "../../core/machine/deployer.ts";
import { projectName } from "../../core/stack-names.ts";
import type { Compose } from "../../docker/compose.ts";

/** Deadline without `follow`; with it there is none. */
const SHOW_DEADLINE_MS = 60_000;

/** Also resolves when the signal aborts it. Rejects with COMPOSE_FAILED. */
export async function showComposeLogs(
  compose: Pick<Compose, "follow">,
  { stack }: DeployedStack,
  instances: readonly string[],
  { lines, follow, coloured, output, signal }: ShowLogsOptions,
): Promise<void> {
  const flags = ["--tail", String(lines), ...(follow ? ["--follow"] : [])];
  // Compose finds containers by their labels, because more may run than the generated file names (`up --only`).
  const global = ["--ansi", coloured ? "always" : "never", "-p", projectName(stack)];
  const cleaned = withoutErasing();
  cleaned.pipe(output, { end: false });
  await compose.follow([...global, "logs", ...flags, ...instances], {
    output: cleaned,
    signal,
    ...(follow ? {} : { timeoutMs: SHOW_DEADLINE_MS }),
  });
  cleaned.end();
  await finished(cleaned);
}

/** Compose 2 begins every line with this, even without a terminal, where there is nothing to erase. */
const ERASE_LINE = "\u001B[2K";

/** Works line by line, because chunks may split the sequence. */
export function withoutErasing(): Transform {
  let rest = "";
  return new Transform({
    decodeStrings: false,
    encoding: "utf8",
    transform(chunk: string, _encoding, done) {
      const text = rest + chunk;
      const end = text.lastIndexOf("\n") + 1;
      rest = text.slice(end);
      done(undefined, text.slice(0, end).replaceAll(ERASE_LINE, ""));
    },
    flush(done) {
      done(undefined, rest.replaceAll(ERASE_LINE, ""));
    },
  });
}
