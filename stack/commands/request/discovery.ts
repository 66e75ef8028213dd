/** Finds a stack's engine without starting, installing or changing anything. */
import { PlumblineError } from "../../core/errors.ts";
import type { Runtime } from "../../core/machine/runtime.ts";
import type { MachineState } from "../../core/machine/machine.ts";
import type { Engine } from "../../core/machine/engine.ts";
import type { Unusable } from "../../runtimes/index.ts";
import { noRuntime } from "./no-runtime.ts";
import { findRuntime, type Wanted } from "./request.ts";

/** An engine that answers, in a running machine. */
export interface FoundEngine {
  readonly kind: "engine";
  readonly runtime: Runtime;
  readonly state: Extract<MachineState, { readonly state: "running" }>;
  readonly engine: Engine;
}

export type Discovery =
  | FoundEngine
  | {
      readonly kind: "machine down";
      readonly runtime: Runtime;
      readonly state: MachineState;
      /** Those tried before it that are there and could not be asked. */
      readonly passed: readonly Unusable[];
    }
  /** `runtime`: the first one tried, which `up` would provide. */
  | { readonly kind: "no runtime"; readonly runtime: Runtime; readonly none: readonly Unusable[] };

export async function discoverEngine(wanted: Wanted): Promise<Discovery> {
  const choice = await findRuntime(wanted);
  if ("none" in choice) return { kind: "no runtime", runtime: choice.preferred, none: choice.none };
  const { runtime } = choice;
  const state = await runtime.observe();
  if (state.state === "running") return { kind: "engine", runtime, state, engine: await runtime.engine() };
  return { kind: "machine down", runtime, state, passed: choice.passed.filter(({ absent }) => !absent) };
}

/**
 * Returns what is there and could not be asked: the stack may run in it. Empty if nothing of the stack can run, as on a
 * computer without an engine or in a stopped machine.
 */
export function unasked(found: Exclude<Discovery, FoundEngine>): readonly Unusable[] {
  switch (found.kind) {
    case "no runtime":
      return found.none.filter(({ absent }) => !absent);
    case "machine down": {
      const { runtime, state, passed } = found;
      if (state.state !== "broken") return passed;
      const fix = "`npm run up` repairs it";
      return [...passed, { runtime: runtime.name, why: whyDown(state), fix, absent: false }];
    }
  }
}

/** For commands that need a running stack. Rejects with NO_RUNTIME, or with STACK_DOWN if the machine does not run. */
export async function requireEngine(wanted: Wanted): Promise<FoundEngine> {
  const found = await discoverEngine(wanted);
  switch (found.kind) {
    case "engine":
      return found;
    case "no runtime":
      throw noRuntime(found.none, wanted);
    case "machine down":
      if (found.passed.length > 0) throw noRuntime(unasked(found), wanted);
      throw stackDown(wanted.stack, whyDown(found.state));
  }
}

/** Returns why a stack cannot run, for people: "the machine is stopped". */
export function whyDown(state: MachineState): string {
  switch (state.state) {
    case "absent":
      return "there is no machine yet";
    case "stopped":
      return "the machine is stopped";
    case "broken":
      return `the machine is broken: ${state.reason}`;
    case "running":
      return "none of its containers runs";
  }
}

export function stackDown(stack: string, why: string): PlumblineError {
  return new PlumblineError("STACK_DOWN", {
    what: `The stack ${stack} does not run`,
    why,
    fix: "Bring it up: npm run up",
  });
}
