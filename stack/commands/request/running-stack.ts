/** A running stack that `up`, `switch`, `verify` and `bench` pass to the benchmarks: engine, clients, observation. */
import type { World, Observation } from "../../converge/observe.ts";
import { selectedServices, type Desired } from "../../core/desire/desire.ts";
import type { MachineFacts } from "../../core/machine/facts.ts";
import type { Runtime } from "../../core/machine/runtime.ts";
import { limitsOf, type LeftOut } from "../../core/results/commands/parts.ts";
import type { Proved } from "../../core/results/commands/up.ts";
import type { ObtainedImage } from "../../core/service/image.ts";
import type { SavedTrace } from "../../records/trace.ts";
import type { Wanted } from "./request.ts";

/** Not a result: results are plain data in `core/results/`. */
export interface RunningStack {
  readonly wanted: Wanted;
  readonly runtime: Runtime;
  readonly machine: MachineFacts;
  readonly desired: Desired;
  readonly world: World;
  /** The latest observation of the servers. */
  readonly observation: Observation;
  /** Trace of the start that brought it up; absent if nothing had to be started. */
  readonly trace?: SavedTrace;
}

/** The result of `use` on a running stack, together with the command's own result. */
export interface Used<Result, Use> {
  readonly result: Result;
  readonly used: Use;
}

interface Evidence {
  readonly leftOut: readonly LeftOut[];
  readonly machineNotes: readonly string[];
  /** What the read-back compared. */
  readonly proof: Proved["proof"] & { readonly notes: readonly string[] };
  readonly limitsFrom: Proved["limitsFrom"];
  readonly phases: Proved["phases"];
}

/** Returns a running stack as a result, with the evidence that it equals its profile. */
export function provedOf(running: RunningStack, evidence: Evidence): Proved {
  const { wanted, runtime, machine, desired, world, observation } = running;
  const { leftOut, machineNotes, proof, limitsFrom, phases } = evidence;
  const { notes, ...counts } = proof;
  return {
    stack: wanted.stack,
    profile: wanted.profileReference,
    runtime: runtime.name,
    engine: world.engine.address,
    machine: { cpus: machine.cpus, memoryBytes: machine.memory, notes: machineNotes },
    sizedFor: limitsOf(desired.budget.machine),
    leftOut,
    services: selectedServices(desired).map(({ name, image, share, instances }) => ({
      name,
      version: observation.versions.get(name) ?? image.version,
      image: imageOf(image),
      limits: limitsOf(share),
      instances: instances.map((instance) => ({
        name: instance.name,
        endpoints: instance.ports.map((port) => ({
          name: port.name,
          ...runtime.endpoint(instance.name, port.published),
        })),
      })),
    })),
    proof: counts,
    limitsFrom,
    notes,
    phases,
  };
}

function imageOf({ reference, source, standIn, notes }: ObtainedImage): Proved["services"][number]["image"] {
  return { reference, source, ...(standIn === undefined ? {} : { standIn }), notes };
}
