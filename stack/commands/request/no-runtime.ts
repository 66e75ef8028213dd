/** Why no runtime can be used, and what becomes of a stack whose own runtime is gone. */
import { PlumblineError } from "../../core/errors.ts";
import type { Runtime } from "../../core/machine/runtime.ts";
import type { Chosen, Unusable } from "../../runtimes/index.ts";
import type { Wanted } from "./request.ts";

/** Returns whether `up` may install an engine: one that is there, or is named, has to be mended by hand. */
export function canProvide(none: readonly Pick<Unusable, "absent">[]): boolean {
  return none.every(({ absent }) => absent);
}

/** Returns NO_RUNTIME with the reason of each runtime, or ENGINE_REMOTE. `isProvided`: `up` would install one. */
export function noRuntime(none: readonly Unusable[], wanted: Wanted, isProvided = canProvide(none)): PlumblineError {
  const memory = memoryOf(wanted, "To use any engine of this computer");
  const remote = none.find(({ code }) => code === "ENGINE_REMOTE");
  if (remote) {
    const { why, fix } = remote;
    return new PlumblineError("ENGINE_REMOTE", {
      what: "The engine runs on another machine",
      why: [why, ...memory.why].join("\n"),
      fix: [fix, ...memory.fix].join("\n"),
    });
  }
  return new PlumblineError("NO_RUNTIME", {
    what: "No container engine can be used here",
    why: [...none.map(({ runtime, why }) => `${runtime}: ${why}`), ...memory.why].join("\n"),
    fix: [
      ...(isProvided ? ["`npm run up` installs one. By hand:"] : []),
      ...none.map(({ runtime, fix }) => `${runtime}: ${fix}`),
      ...memory.fix,
    ].join("\n"),
    details: { runtimes: none },
  });
}

/** Returns the stack with the runtime of its profile in place of the one that it was brought up in. */
export function withoutMemory(wanted: Wanted): Wanted {
  return { ...wanted, runtime: wanted.profile.runtime, isRemembered: false };
}

/** Returns whether the runtime was chosen by memory alone, and there is nothing of it that could be asked. */
export function isGone({ isRemembered }: Pick<Wanted, "isRemembered">, none: readonly Unusable[]): boolean {
  return isRemembered && none.every(({ absent }) => absent);
}

/** What a command that changes the stack says before it uses another runtime. */
export function replacementNote(
  { stack, runtime }: Pick<Wanted, "stack" | "runtime">,
  none: readonly Unusable[],
  used: Pick<Runtime, "name">,
): string {
  const whys = none.map(({ why }) => why).join("; ");
  return (
    `the stack ${stack} was brought up in ${runtime}, which is gone (${whys}): ${used.name} is used from now on; ` +
    `volumes that are left in ${runtime} are not used: \`--runtime ${runtime}\` looks for them there`
  );
}

/** Returns the lines to add to the reasons and remedies of NO_RUNTIME. */
export function memoryOf(
  { stack, runtime, isRemembered }: Pick<Wanted, "stack" | "runtime" | "isRemembered">,
  fix: string,
): { readonly why: readonly string[]; readonly fix: readonly string[] } {
  if (!isRemembered) return { why: [], fix: [] };
  return {
    why: [`the stack ${stack} was brought up in ${runtime}, and is looked for nowhere else`],
    fix: [`${fix}: \`--runtime auto\`. What it left in ${runtime} is not looked at then.`],
  };
}

/** Returns the runtime if one was found. */
export function runtimeIn(choice: Chosen): Runtime | undefined {
  return "runtime" in choice ? choice.runtime : undefined;
}
