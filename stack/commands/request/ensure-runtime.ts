/** Ensures a working runtime: finds one, or installs one on this computer. */
import { join } from "node:path";
import type { Runtime } from "../../core/machine/runtime.ts";
import type { Compose } from "../../docker/compose.ts";
import { rotateLog } from "../../records/log-file.ts";
import { engineLog, provisionEngine, provisionPlan } from "../../runtimes/provision/index.ts";
import { unlessAborted } from "../../converge/execution/unless-aborted.ts";
import type { UpControls } from "./up-options.ts";
import { discoverEngine, type Discovery } from "./discovery.ts";
import { noRuntime, isGone, replacementNote, runtimeIn, withoutMemory } from "./no-runtime.ts";
import { findRuntime, type Wanted } from "./request.ts";

/**
 * Installs an engine with Compose if there is none. A runtime that the stack was brought up in, and that is gone, is
 * started if that takes no installation; otherwise the profile's choice is used, and a warning says so. Rejects with
 * NO_RUNTIME, ENGINE_REMOTE, PROVISION_FAILED.
 */
export async function ensureRuntime(
  wanted: Wanted,
  allow: boolean,
  { report, signal }: Pick<UpControls, "report" | "signal">,
): Promise<{ readonly runtime: Runtime }> {
  const { host, folder } = wanted;
  const stateFolder = join(folder.root, "engine");
  await rotateLog(engineLog(stateFolder));
  const first = await unlessAborted(findRuntime(wanted), signal);
  if ("runtime" in first) return first;
  // Does not install an engine if another one is named: it would not be used.
  if (first.none.some(({ code }) => code === "ENGINE_REMOTE")) throw noRuntime(first.none, wanted);
  const gone = isGone(wanted, first.none);
  const replaced = async () => {
    if (!gone) return undefined;
    const runtime = runtimeIn(await unlessAborted(findRuntime(withoutMemory(wanted)), signal));
    if (runtime) report({ kind: "warning", text: replacementNote(wanted, first.none, runtime) });
    return runtime && { runtime };
  };
  const replacement = gone && !(await unlessAborted(isOnlyStopped(wanted), signal)) ? await replaced() : undefined;
  if (replacement) return replacement;
  await provisionEngine({ host, stateFolder, report, signal, allow });
  const second = await unlessAborted(findRuntime(wanted), signal);
  if ("runtime" in second) return second;
  const afterwards = await replaced();
  if (afterwards) return afterwards;
  throw noRuntime(second.none, wanted, false);
}

/** Finds the engine that `ensureRuntime` would use, with what it would warn of. Changes nothing. */
export async function discoverForUp(
  wanted: Wanted,
): Promise<{ readonly wanted: Wanted; readonly found: Discovery; readonly notes: readonly string[] }> {
  const found = await discoverEngine(wanted);
  const asked = { wanted, found, notes: [] };
  if (found.kind !== "no runtime" || !isGone(wanted, found.none) || (await isOnlyStopped(wanted))) return asked;
  const other = withoutMemory(wanted);
  const instead = await discoverEngine(other);
  if (instead.kind === "no runtime") return asked;
  return { wanted: other, found: instead, notes: [replacementNote(wanted, found.none, instead.runtime)] };
}

/** Resolves whether an engine is installed here, with all that it needs, and only has to be started. */
async function isOnlyStopped({ host, folder }: Pick<Wanted, "host" | "folder">): Promise<boolean> {
  const { steps } = await provisionPlan({ host, stateFolder: join(folder.root, "engine") });
  return steps.length > 0 && steps.every(({ kind }) => kind === "start-service" || kind === "start-daemon");
}

/**
 * Installs the deployer's tool if an engine answers but the tool is missing. Called only if containers have to be
 * created, because the check takes a quarter of a second. Rejects with NO_RUNTIME, PROVISION_FAILED.
 */
export async function ensureDeployer(
  wanted: Wanted,
  { deploy }: Pick<Runtime, "deploy">,
  allow: boolean,
  controls: Pick<UpControls, "report" | "signal">,
): Promise<void> {
  if (!(await unlessAborted(deploy.isInstalled(), controls.signal))) await provideCompose(wanted, allow, controls);
}

/** Like `ensureDeployer`, for Compose as the tool that builds images, with any deployer. */
export async function ensureBuilder(
  wanted: Wanted,
  compose: Pick<Compose, "version">,
  allow: boolean,
  controls: Pick<UpControls, "report" | "signal">,
): Promise<void> {
  if ((await unlessAborted(compose.version(), controls.signal)) === undefined)
    await provideCompose(wanted, allow, controls);
}

async function provideCompose(
  { host, folder }: Wanted,
  allow: boolean,
  { report, signal }: Pick<UpControls, "report" | "signal">,
): Promise<void> {
  const stateFolder = join(folder.root, "engine");
  await provisionEngine({ host, stateFolder, engine: false, report, signal, allow });
}
