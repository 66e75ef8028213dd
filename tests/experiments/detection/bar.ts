/**
 * The bar: `baseline record`, `verify`, then busy loops inside one container while another program keeps one core half
 * busy, and `verify` again. All by the command line, as people do it, on a stack and a profile of its own.
 */
import { copyFile, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { PlumblineError } from "../../../stack/core/errors.ts";
import type { Report } from "../../../stack/core/progress.ts";
import { CAUSES } from "../../../stack/core/results/verdict.ts";
import { lastLines, runCommand } from "../../../stack/host/run.ts";
import type { ObservedStack } from "../../../stack/commands/request/observed-stack.ts";
import { withOwnStack, type OwnStackOptions } from "../self/own-stack.ts";
import type { Bar, BarStep } from "./bar-document.ts";
import { invite } from "./company/company.ts";
import { loopInside } from "./faults/loops.ts";
import { harmedBy, observe, sceneOf } from "./stage.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const PROFILES = join(ROOT, "profiles");
/** Baselines belong to a profile: this name keeps the recorded one apart from the user's. */
const PROFILE = "detection-bar";
const COMMAND_DEADLINE_MS = 900_000;
const ERROR_LINES = 15;
const LOOP_S = 90;

export interface BarOptions extends OwnStackOptions {
  /** Name of the profile that the bar's own extends. */
  readonly profile: string;
  /** The service that gets the busy loops; absent for the first that has a data volume. */
  readonly harmed: string | undefined;
}

interface Controls {
  readonly report: Report;
  readonly signal: AbortSignal;
}

/** Resolves what the commands said. Afterwards the stack, the profile and its baseline are gone. */
export async function raiseBar(
  options: BarOptions,
  controls: Controls,
): Promise<{ readonly line: Bar; readonly observed: ObservedStack }> {
  const profiles = await mkdtemp(join(tmpdir(), "plumbline-bar-"));
  const profile = join(profiles, `${PROFILE}.yaml`);
  try {
    await writeProfile(profile, options.profile);
    const own = { ...options, profile };
    return await withOwnStack(own, controls, async () => play(own, await observe(own), controls));
  } finally {
    await rm(profiles, { recursive: true, force: true });
  }
}

async function writeProfile(path: string, parent: string): Promise<void> {
  for (const name of await readdir(PROFILES)) {
    if (name.endsWith(".yaml")) await copyFile(join(PROFILES, name), join(dirname(path), name));
  }
  await writeFile(path, `extends: ${parent}\n`);
}

async function play(
  options: BarOptions,
  observed: ObservedStack,
  { report, signal }: Controls,
): Promise<{ readonly line: Bar; readonly observed: ObservedStack }> {
  const note = (text: string) => report({ kind: "note", text: `bar: ${text}` });
  const verify = (title: string) => verifyNow(title, options, signal);
  note("baseline record");
  const recorded = await command(["baseline.ts", "record"], options, signal);
  if (recorded.exitCode !== 0) throw failed("baseline record", recorded.stderr);
  const { path } = recordedSchema.parse(JSON.parse(recorded.stdout)).result;
  try {
    note("verify, clean");
    const clean = await verify("verify");
    const [service = ""] = harmedBy("loops", observed, options.harmed === undefined ? [] : [options.harmed]);
    const scene = sceneOf(observed, service, { signal, busyCores: 0 });
    const company = await invite("half", { seconds: COMMAND_DEADLINE_MS / 1000, folder: observed.wanted.folder.root });
    try {
      const { detail, undo } = await loopInside(scene, LOOP_S);
      const title = `verify with ${detail} in ${service} for ${LOOP_S} s, beside a program that keeps one core half busy`;
      note(title);
      try {
        return { line: { group: "bar", clean, harmed: await verify(title) }, observed };
      } finally {
        await undo();
      }
    } finally {
      await company.leave();
    }
  } finally {
    // Only the file that was recorded here: the name cannot be another profile's.
    if (basename(path).startsWith(PROFILE)) await rm(path, { force: true });
  }
}

const recordedSchema = z.object({ result: z.object({ path: z.string() }) });

const verifiedSchema = z.object({
  exitCode: z.number(),
  results: z.object({
    verdict: z.object({
      verdict: z.string(),
      summary: z.string(),
      scenarios: z.array(z.object({ verdict: z.string(), cause: z.object({ kind: z.enum(CAUSES) }).optional() })),
    }),
  }),
});

async function verifyNow(title: string, options: BarOptions, signal: AbortSignal): Promise<BarStep> {
  const startedAt = performance.now();
  const { exitCode, stdout, stderr } = await command(["verify.ts"], options, signal);
  const parsed = verifiedSchema.safeParse(dataOf(stdout));
  if (!parsed.success) throw failed(title, stderr || stdout);
  const { verdict, summary, scenarios } = parsed.data.results.verdict;
  return {
    title,
    exitCode,
    verdict,
    decided: scenarios.filter((each) => each.verdict === "meets" || each.verdict === "below").length,
    scenarios: scenarios.length,
    causes: [...new Set(scenarios.flatMap(({ cause }) => cause?.kind ?? []))],
    summary,
    elapsedS: Math.round((performance.now() - startedAt) / 100) / 10,
  };
}

/** Runs a command of Plumbline in a process of its own. */
async function command([script = "", ...rest]: readonly string[], { stack, profile }: BarOptions, signal: AbortSignal) {
  const which = ["--stack", stack, "--profile", profile, "--json", "--yes"];
  const argv = [process.execPath, "scripts/bootstrap.mjs", `scripts/${script}`, ...rest, ...which];
  const result = await runCommand(argv, { cwd: ROOT, timeoutMs: COMMAND_DEADLINE_MS, signal });
  signal.throwIfAborted();
  return result;
}

function dataOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function failed(what: string, output: string): PlumblineError {
  return new PlumblineError("BENCH_FAILED", {
    what: `${what} failed`,
    why: lastLines(output, ERROR_LINES).join("\n") || "it printed nothing",
    fix: "Run the command by hand, see what is wrong, and measure again",
  });
}
