/** The runtimes, and which of them drives a stack here. */
import { PlumblineError } from "../core/errors.ts";
import type { Runtime } from "../core/machine/runtime.ts";
import { realHost } from "../host/host.ts";
import type { Host } from "../host/host.ts";
import { colimaRuntime } from "./colima/runtime.ts";
import { engineRuntime } from "./engine/runtime.ts";

export interface RuntimeInput {
  readonly stack: string;
  readonly host: Host;
}

/** Every runtime by its name: a new one is one file and one line here. */
export const runtimes: Readonly<Record<string, (input: RuntimeInput) => Runtime>> = {
  colima: ({ stack, host }) => colimaRuntime({ stack, host }),
  engine: ({ host }) => engineRuntime(host),
};

/** On macOS an engine is a virtual machine in any case, so the one that Plumbline can size comes first. */
const ORDER = { darwin: ["colima", "engine"], linux: ["engine", "colima"], other: ["engine"] } as const;

export interface Choice {
  /** "auto", or a runtime's name (`--runtime`, or the profile's `runtime`). */
  readonly wanted: string;
  readonly stack: string;
  readonly platform?: Host["platform"];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly host?: Host;
}

export interface Unusable {
  readonly runtime: string;
  readonly why: string;
  readonly fix: string;
  readonly code?: "ENGINE_REMOTE";
}

/**
 * The runtime that is wanted, or the first that can be used. `none` holds the reason of each that cannot. Throws
 * WRONG_USAGE for a name that is none.
 */
export async function chooseRuntime(
  choice: Choice,
): Promise<{ readonly runtime: Runtime } | { readonly none: readonly Unusable[] }> {
  const host = choice.host ?? realHost(choice.env);
  const names = choice.wanted === "auto" ? ORDER[choice.platform ?? host.platform] : [choice.wanted];
  const none: Unusable[] = [];
  for (const name of names) {
    const make = runtimes[name];
    if (!make) throw unknownRuntime(name);
    const runtime = make({ stack: choice.stack, host });
    const detected = await runtime.detect();
    if (detected.ok) return { runtime };
    const { why, fix, code } = detected;
    none.push({ runtime: name, why, fix, ...(code === undefined ? {} : { code }) });
  }
  return { none };
}

function unknownRuntime(name: string): PlumblineError {
  return new PlumblineError("WRONG_USAGE", {
    what: `There is no runtime ${name}`,
    why: `the runtimes are ${Object.keys(runtimes).join(", ")}`,
    fix: "Give one of these to `--runtime`, or `auto`.",
  });
}
