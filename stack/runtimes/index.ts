/** The registry of runtimes, and the choice among them. */
import { PlumblineError } from "../core/errors.ts";
import type { Runtime } from "../core/machine/runtime.ts";
import { realHost } from "../host/host.ts";
import type { Host } from "../host/host.ts";
import { colima } from "./colima/index.ts";
import { engine } from "./engine/index.ts";
import type { RuntimeKind } from "./runtime-kind.ts";

/** Every runtime. A new one takes one folder and one line here. */
export const runtimes: readonly RuntimeKind[] = [colima, engine];

export const runtimeNames: readonly string[] = runtimes.map(({ name }) => name);

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
  /** True if there is nothing that could be asked; otherwise a stack may run in it, unseen. */
  readonly absent: boolean;
}

export type Chosen =
  /** `passed`: those that come before it and cannot be used. */
  | { readonly runtime: Runtime; readonly passed: readonly Unusable[] }
  /** The reason why each is unusable, and the runtime that was tried first. */
  | { readonly none: readonly Unusable[]; readonly preferred: Runtime };

/** Resolves the wanted runtime, or the first usable one. Throws WRONG_USAGE for an unknown name. */
export async function chooseRuntime(choice: Choice): Promise<Chosen> {
  const [preferred, ...others] = candidates(choice);
  const none: Unusable[] = [];
  for (const runtime of [preferred, ...others]) {
    const detected = await runtime.detect();
    if (detected.ok) return { runtime, passed: none };
    const { why, fix, code, absent = false } = detected;
    none.push({ runtime: runtime.name, why, fix, absent, ...(code === undefined ? {} : { code }) });
  }
  return { none, preferred };
}

/** Returns the runtime that would be tried first, without any request. Throws WRONG_USAGE for an unknown name. */
export function preferredRuntime(choice: Choice): Runtime {
  return candidates(choice)[0];
}

function candidates({ wanted, stack, platform, env, host = realHost(env) }: Choice): readonly [Runtime, ...Runtime[]] {
  const kinds = wanted === "auto" ? inOrder(platform ?? host.platform) : runtimes.filter(({ name }) => name === wanted);
  const [first, ...others] = kinds.map((kind) => kind.make({ stack, host }));
  if (!first) throw unknownRuntime(wanted);
  return [first, ...others];
}

function inOrder(platform: Host["platform"]): readonly RuntimeKind[] {
  return runtimes
    .flatMap((kind) => {
      const preference = kind.preference(platform);
      return preference === undefined ? [] : [{ kind, preference }];
    })
    .toSorted((a, b) => a.preference - b.preference)
    .map(({ kind }) => kind);
}

function unknownRuntime(name: string): PlumblineError {
  return new PlumblineError("WRONG_USAGE", {
    what: `There is no runtime ${name}`,
    why: `the runtimes are ${runtimeNames.join(", ")}`,
    fix: "Give one of these to `--runtime`, or `auto`.",
  });
}
