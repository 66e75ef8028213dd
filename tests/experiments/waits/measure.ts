/** Each case on a real server: a stack that is up, the harm, and the commands that meet it. */
import type Docker from "dockerode";
import { z } from "zod";
import type { Report } from "../../../stack/core/progress.ts";
import { messageOf } from "../../../stack/core/errors.ts";
import { runCommand } from "../../../stack/host/run.ts";
import { PROJECT } from "../../support/live/cli.ts";
import { docker } from "../../support/live/docker.ts";
import { openStack, type ExperimentStack } from "../kills/own-stack.ts";
import type { CommandName, WaitCase } from "./case.ts";
import { CASES } from "./cases.ts";
import { INSTANCES, PROFILES } from "./profiles.ts";

export interface WaitsOptions {
  /** Parts of a service and its case's name, "redis password"; all if absent. */
  readonly only?: readonly string[] | undefined;
  readonly minutes: number;
}

export interface Wait {
  readonly service: string;
  readonly name: string;
  readonly command: CommandName;
  /** The code of the error; "ok" if the command mended it, "still waiting" if it was ended by this script. */
  readonly outcome: string;
  /** From the moment when the server could be known to be hopeless to the end of the command. */
  readonly waitMs?: number;
  readonly tookMs: number;
  /** Why the case could not be made. */
  readonly note?: string;
}

const MINUTE_MS = 60_000;
/** Long beside a final error, short beside the deadline of a wait. */
const COMMAND_MS = 45_000;

export async function measureWaits(
  { only, minutes }: WaitsOptions,
  { report, signal }: { readonly report: Report; readonly signal: AbortSignal },
): Promise<{ readonly waits: readonly Wait[]; readonly skipped: number }> {
  const untilMs = performance.now() + minutes * MINUTE_MS;
  const wanted = CASES.filter(
    ({ service, name }) => only?.some((text) => `${service} ${name}`.includes(text)) ?? true,
  ).flatMap((each) => (each.commands ?? ["up" as const]).map((command) => ({ each, command })));
  const waits: Wait[] = [];
  for (const { each, command } of wanted) {
    if (signal.aborted || performance.now() > untilMs) break;
    const wait = await measureCase(each, command, signal);
    waits.push(wait);
    const waited = wait.waitMs === undefined ? "" : `, ${(wait.waitMs / 1000).toFixed(2)} s`;
    report({
      kind: "note",
      text: `${wait.service}, ${wait.name}, ${command}: ${wait.outcome}${waited} ${wait.note ?? ""}`,
    });
  }
  signal.throwIfAborted();
  return { waits, skipped: wanted.length - waits.length };
}

async function measureCase(each: WaitCase, command: CommandName, signal: AbortSignal): Promise<Wait> {
  const base = { service: each.service, name: each.name, command };
  const stack = await openStack("waits", PROFILES[each.service]);
  try {
    const { code, why } = await stack.up();
    if (code !== "ok") throw new Error(`the stack did not come up: ${code} ${why}`);
    await each.arrange(stack);
    if (each.profile !== undefined) await stack.setProfile(each.profile);
    return { ...base, ...(await waitOf(stack, each, command, signal)) };
  } catch (error) {
    return { ...base, outcome: "not made", tookMs: 0, note: messageOf(error) };
  } finally {
    await stack.remove();
  }
}

async function waitOf(stack: ExperimentStack, { service, since }: WaitCase, command: CommandName, signal: AbortSignal) {
  const flags = ["--stack", stack.name, "--runtime", "engine", "--json", "--no-bench", "--yes"];
  const given = { up: ["--profile", stack.profile], switch: [stack.profile], verify: [] }[command];
  const own = command === "verify" ? flags.slice(0, 5) : flags;
  const argv = ["node", "scripts/bootstrap.mjs", `scripts/${command}.ts`, ...given, ...own];
  const beganAt = Date.now();
  const { ended, exitCode, stdout } = await runCommand(argv, { cwd: PROJECT, timeoutMs: COMMAND_MS, signal });
  const endedAt = Date.now();
  const tookMs = endedAt - beganAt;
  const waitMs = endedAt - Math.max(beganAt, await hopelessAt(stack.container(INSTANCES[service]), since));
  if (ended === "deadline") return { outcome: "still waiting", waitMs, tookMs };
  if (exitCode === 0) return { outcome: "ok", tookMs };
  const { code } = z.object({ error: z.object({ code: z.string() }) }).parse(JSON.parse(stdout)).error;
  return { outcome: code, waitMs, tookMs };
}

/** Returns when the first line of the log matched, of those since then. */
async function saidAt(container: Docker.Container, pattern: RegExp, startedAt: string): Promise<number> {
  const since = Math.floor(Date.parse(startedAt) / 1000);
  const log = await container.logs({ stdout: true, stderr: true, timestamps: true, since });
  const line = log
    .toString("utf8")
    .split("\n")
    .find((each) => pattern.test(each));
  if (line === undefined) throw new Error(`no line of the log matches ${pattern}`);
  const [moment = ""] = /\d{4}-\d\d-\d\dT[\d:.]+Z/.exec(line) ?? [];
  return Date.parse(moment);
}

/** Returns the moment on the engine's clock, which is this computer's; 0 if the server was not even created. */
async function hopelessAt(container: string, since: WaitCase["since"]): Promise<number> {
  try {
    const { State } = await docker.getContainer(container).inspect();
    if (since instanceof RegExp) return await saidAt(docker.getContainer(container), since, State.StartedAt);
    return Date.parse(since === "exit" && !State.Running ? State.FinishedAt : State.StartedAt) || 0;
  } catch {
    return 0;
  }
}
