/** Ensures a working runtime: finds one, or installs one on this computer. */
import { join } from "node:path";
import type { Runtime } from "../../core/machine/runtime.ts";
import type { Compose } from "../../docker/compose.ts";
import { provisionEngine } from "../../runtimes/provision/index.ts";
import { unlessAborted } from "../../converge/execution/unless-aborted.ts";
import type { UpControls } from "./up-options.ts";
import { findRuntime, noRuntime, type Wanted } from "./request.ts";

/** Installs an engine with Compose if there is none. Rejects with NO_RUNTIME, ENGINE_REMOTE, PROVISION_FAILED. */
export async function ensureRuntime(
  wanted: Wanted,
  allow: boolean,
  { report, signal }: Pick<UpControls, "report" | "signal">,
): Promise<{ readonly runtime: Runtime }> {
  const { host, folder } = wanted;
  const stateFolder = join(folder.root, "engine");
  const first = await unlessAborted(findRuntime(wanted), signal);
  if ("runtime" in first) return first;
  // Does not install an engine if another one is named: it would not be used.
  if (first.none.some(({ code }) => code === "ENGINE_REMOTE")) throw noRuntime(first.none);
  await provisionEngine({ host, stateFolder, report, signal, allow });
  const second = await unlessAborted(findRuntime(wanted), signal);
  if ("runtime" in second) return second;
  throw noRuntime(second.none);
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
  if (!(await deploy.isInstalled())) await provideCompose(wanted, allow, controls);
}

/** Like `ensureDeployer`, for Compose as the tool that builds images, with any deployer. */
export async function ensureBuilder(
  wanted: Wanted,
  compose: Pick<Compose, "version">,
  allow: boolean,
  controls: Pick<UpControls, "report" | "signal">,
): Promise<void> {
  if ((await compose.version()) === undefined) await provideCompose(wanted, allow, controls);
}

async function provideCompose(
  { host, folder }: Wanted,
  allow: boolean,
  { report, signal }: Pick<UpControls, "report" | "signal">,
): Promise<void> {
  const stateFolder = join(folder.root, "engine");
  await provisionEngine({ host, stateFolder, engine: false, report, signal, allow });
}
