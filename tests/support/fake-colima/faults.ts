import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { World } from "./world.ts";

const profile = z.string().optional();

/** Faults that wait for the next command that can meet them. Without `profile` any profile meets them. */
const PendingFault = z.discriminatedUnion("kind", [
  /** `start` never ends: the VM is defined and does not boot. */
  z.object({ kind: z.literal("hang"), profile }),
  /** A first start fails after the data disk was made (COLIMA.md section 6, case 4). */
  z.object({ kind: z.literal("image-download"), profile }),
  /** The VM runs, docker does not, and the VM has no runtime recorded (the `empty value` state). */
  z.object({ kind: z.literal("docker-provisioning"), profile }),
  /** The disk keeps its size although `start` succeeds and the files say otherwise. */
  z.object({ kind: z.literal("resize-refused"), profile }),
  /** The docker socket appears only `delayMs` after `start` has ended. */
  z.object({ kind: z.literal("slow-socket"), delayMs: z.number(), profile }),
  /** The VM boots with other cpus and memory than its files say; by default with those it had. */
  z.object({
    kind: z.literal("lies"),
    cpus: z.number().optional(),
    memoryBytes: z.number().optional(),
    profile,
  }),
  z.object({ kind: z.literal("missing"), program: z.enum(["lima", "docker", "qemu-img"]), profile }),
  z.object({ kind: z.literal("root-user"), profile }),
  /** The guest boots and gets no address in time: `start` fails, and the VM runs on without an answer. */
  z.object({ kind: z.literal("lease-timeout"), profile }),
]);

export type PendingFault = z.infer<typeof PendingFault>;

/** Faults that befall an existing VM at once. */
export type ImmediateFault =
  /** The host agent is gone, the VM is not: `list` says Broken, and containers may still answer. */
  | { readonly kind: "broken"; readonly profile: string }
  /** The VM process is gone: `list` says Stopped; the docker context and a dead socket stay. */
  | { readonly kind: "killed"; readonly profile: string }
  /** The guest hangs: `list` says Running, and `status`, `ssh`, `stop` and `stop --force` wait for ever. */
  | { readonly kind: "unresponsive"; readonly profile: string }
  /** The guest is slow, as on a busy computer: each command in it takes this time longer. */
  | { readonly kind: "slow-guest"; readonly profile: string; readonly delayMs: number }
  /**
   * The VM's port forwarder holds a port of this computer for a container that has exited, as after a crash of the guest,
   * until the guest's engine is started again.
   */
  | { readonly kind: "stale-proxy"; readonly profile: string; readonly port: number };

export type Fault = PendingFault | ImmediateFault;

/** Every time a fault is to strike is a file of its own, so that taking one is a single unlink. */
export function addFault(directory: string, fault: PendingFault, times: number | "always"): void {
  const folder = join(directory, "faults");
  mkdirSync(folder, { recursive: true });
  const count = readdirSync(folder).length;
  for (let index = 0; index < (times === "always" ? 1 : times); index += 1) {
    const number = String(count + index).padStart(4, "0");
    writeFileSync(join(folder, `${number}-${times === "always" ? "always" : "once"}.json`), JSON.stringify(fault));
  }
}

/** The first pending fault of this kind for this profile; it is used up unless it was injected for `always`. */
export function takeFault<K extends PendingFault["kind"]>(
  world: World,
  kind: K,
  shortName: string,
  matches: (fault: Extract<PendingFault, { kind: K }>) => boolean = () => true,
): Extract<PendingFault, { kind: K }> | undefined {
  const folder = join(world.directory, "faults");
  for (const name of listed(folder)) {
    const fault = PendingFault.parse(JSON.parse(readFileSync(join(folder, name), "utf8")));
    if (!isKind(fault, kind) || (fault.profile ?? shortName) !== shortName) continue;
    if (!matches(fault)) continue;
    if (name.endsWith("once.json")) rmSync(join(folder, name));
    return fault;
  }
  return undefined;
}

function isKind<K extends PendingFault["kind"]>(
  fault: PendingFault,
  kind: K,
): fault is Extract<PendingFault, { kind: K }> {
  return fault.kind === kind;
}

function listed(folder: string): readonly string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch {
    return [];
  }
}
