/** `doctor`: checks everything that could go wrong before it does. */
import { messageOf } from "../../core/errors.ts";
import { unlessAborted } from "../../converge/execution/unless-aborted.ts";
import type { Examination, Examined } from "../../core/results/commands/doctor.ts";
import { readWantedOrDefault } from "../down.ts";
import { readWanted, type StackOptions, type Wanted } from "../request/request.ts";
import { discoverEngine } from "../request/discovery.ts";
import { finding, ok, type Finding } from "./check.ts";
import { checkComputer } from "./computer.ts";
import { checkEngine } from "./engine.ts";
import { checkFolders } from "./folders.ts";
import { checkLeftovers } from "./leftovers.ts";
import { checkObserved } from "./observed.ts";
import { checkSurroundings } from "./surroundings.ts";

/**
 * Runs every check; with `fix`, repairs what can be repaired without loss. Rejects with WRONG_USAGE, and with INTERRUPTED
 * as soon as `signal` aborts: a check changes nothing, and each repair is one step that can be taken again.
 */
export async function examine(
  options: StackOptions,
  { fix, signal }: { readonly fix: boolean; readonly signal: AbortSignal },
): Promise<Examination> {
  const { profile, findings } = await unlessAborted(look(options, signal), signal);
  const checks: Examined[] = [];
  for (const found of findings) checks.push(fix ? await unlessAborted(repaired(found), signal) : plain(found));
  return { stack: options.stack, profile, status: worstOf(checks), checks };
}

interface Looked {
  readonly profile: string | undefined;
  readonly findings: readonly Finding[];
}

async function look(options: StackOptions, signal: AbortSignal): Promise<Looked> {
  let profile: string | undefined;
  const readable = await finding("profile", async () => {
    const wanted = await readWanted(options);
    profile = wanted.profileReference;
    return [ok("profile", `${wanted.profileReference}: ${Object.keys(wanted.profile.services).join(", ")}`)];
  });
  const wanted = profile === undefined ? await orNothing(options) : await readWanted(options);
  const findings = [...(await checkComputer()), ...readable, ...(wanted ? await checkStack(wanted, signal) : [])];
  return { profile, findings };
}

function worstOf(checks: readonly Examined[]): Examined["status"] {
  const has = (status: Examined["status"]) => checks.some((check) => check.status === status);
  return has("problem") ? "problem" : has("warning") ? "warning" : "ok";
}

/** If the profile cannot be read, the other checks still run, as far as another profile allows. */
async function orNothing({ profile: _unreadable, ...options }: StackOptions): Promise<Wanted | undefined> {
  try {
    return await readWantedOrDefault(options);
  } catch {
    return undefined;
  }
}

async function checkStack(wanted: Wanted, signal: AbortSignal): Promise<readonly Finding[]> {
  const parts: Finding[] = [];
  const failure = await finding("engine", async () => {
    const found = await discoverEngine(wanted);
    parts.push(
      ...(await checkEngine(wanted, found, signal)),
      ...(await checkSurroundings(wanted, found)),
      ...(await checkFolders(wanted)),
      ...(await checkLeftovers(wanted, found)),
      ...(found.kind === "engine" ? await checkObserved(wanted, found) : []),
    );
    return [];
  });
  return [...parts, ...failure];
}

async function repaired(found: Finding): Promise<Examined> {
  if (!found.repair) return plain(found);
  try {
    return { ...plain(found), status: "ok", fixed: await found.repair() };
  } catch (error) {
    return { ...plain(found), remedy: `It could not be mended (${messageOf(error)}). ${found.remedy ?? ""}`.trim() };
  }
}

function plain({ repair: _repair, ...found }: Finding): Examined {
  return found;
}
