/** A runtime that works: found, or provided on this computer. */
import { join } from "node:path";
import { PlumblineError } from "../core/errors.ts";
import type { Runtime } from "../core/runtime.ts";
import { provisionEngine } from "./provision/index.ts";
import type { UpControls } from "./up.ts";
import { findRuntime, noRuntime, type Wanted } from "./session.ts";

/** Installs an engine or Compose where they are missing and that is allowed. Rejects with NO_RUNTIME, PROVISION_FAILED. */
export async function ensureRuntime(
  wanted: Wanted,
  allow: boolean,
  { report, signal }: Pick<UpControls, "report" | "signal">,
): Promise<{ readonly runtime: Runtime }> {
  const { host, folder } = wanted;
  const stateFolder = join(folder.root, "engine");
  const first = await findRuntime(wanted);
  if ("runtime" in first) {
    if (!(await hasCompose(first.runtime))) {
      await provisionEngine({ host, stateFolder, engine: false, report, signal, allow });
    }
    return first;
  }
  await provisionEngine({ host, stateFolder, report, signal, allow });
  const second = await findRuntime(wanted);
  if ("runtime" in second) return second;
  throw noRuntime(second.none);
}

/** A machine that does not run yet cannot be asked; it is asked again once it does. */
async function hasCompose(runtime: Runtime): Promise<boolean> {
  try {
    const engine = await runtime.engine();
    return (await engine.composeVersion()) !== undefined;
  } catch (error) {
    if (error instanceof PlumblineError && error.code === "ENGINE_UNREACHABLE") return true;
    throw error;
  }
}
