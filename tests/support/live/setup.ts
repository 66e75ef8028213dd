/** Before the live tests: the engine, Compose and the images, provided as `npm run up` would provide them. */
import { messageOf } from "../../../stack/core/errors.ts";
import type { Progress } from "../../../stack/core/progress.ts";
import { ensureImages } from "../../../stack/commands/request/ensure-images.ts";
import { ensureMachine } from "../../../stack/commands/request/ensure-machine.ts";
import { ensureDeployer, ensureRuntime } from "../../../stack/commands/request/ensure-runtime.ts";
import { readWanted } from "../../../stack/commands/request/request.ts";
import { sizeWanted } from "../../../stack/commands/request/desired.ts";
import { createReporter } from "../../../stack/report/text/progress.ts";

/** Where nothing can be provided the live tests skip themselves, each with its reason; this prints the first one. */
export async function setup(): Promise<void> {
  const { report } = createReporter(process.stderr, { live: false, coloured: false });
  const controls = { report: quiet(report), signal: new AbortController().signal };
  try {
    const wanted = await readWanted({ stack: "live-tests", profile: "dev", runtime: "engine" });
    const { runtime } = await ensureRuntime(wanted, true, controls);
    const { engine, machine } = await ensureMachine(runtime, wanted.profile, async () => false, controls);
    await ensureDeployer(wanted, runtime, true, controls);
    const { sized } = sizeWanted(wanted, machine);
    await ensureImages({ wanted, sized, engine, options: { provision: true }, controls });
  } catch (error) {
    process.stderr.write(`live tests that need what could not be provided are skipped: ${messageOf(error)}\n`);
  }
}

/** A note that the tests' machine is smaller than the profile's says nothing here. */
function quiet(report: (event: Progress) => void): (event: Progress) => void {
  return (event) => {
    if (event.kind !== "note" || !event.text.includes("the profile wants")) report(event);
  };
}
