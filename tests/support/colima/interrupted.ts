/** Runs that make a machine, and are ended while they do. */
import { expect } from "vitest";
import { errorDocument, type ErrorDocument } from "../../../stack/report/documents/documents.ts";
import { TIMEOUT_MS, type computer } from "./computer.ts";

export const UP = ["--runtime", "colima", "--profile", "minimal", "--no-bench", "--no-provision", "--yes"] as const;

/** Ends a run by a signal at a moment, and returns its error. */
export async function interrupted(
  { start }: Pick<Awaited<ReturnType<typeof computer>>, "start">,
  until: (said: string) => boolean,
  signal: NodeJS.Signals,
): Promise<ErrorDocument["error"]> {
  const running = start("up", ...UP);
  let said = "";
  running.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  await expect.poll(() => until(said), { timeout: TIMEOUT_MS }).toBe(true);
  const startedAt = performance.now();
  running.kill(signal);
  const { exitCode, stdout } = await running;
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  const { error } = errorDocument.parse(JSON.parse(stdout));
  expect([exitCode, error.code]).toEqual([130, "INTERRUPTED"]);
  return error;
}
