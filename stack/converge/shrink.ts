/** Lowers memory limits, once the memory in use fits: otherwise the kernel would kill the server. */
import { PlumblineError } from "../core/errors.ts";
import type { DeployedContainer, Deployer } from "../core/machine/deployer.ts";
import type { Engine } from "../core/machine/engine.ts";
import type { Share } from "../core/service/service.ts";
import { bytes, formatBytes, type Bytes } from "../core/units.ts";
import { pause } from "../host/deadline.ts";

/** Servers free memory within seconds after they are told to use less, a large buffer pool within half a minute. */
const SHRINK_DEADLINE_MS = 60_000;
const LOOK_AGAIN_MS = 200;
/** Leaves room for allocations while the limit is being set. */
const FILLED = 0.95;

/**
 * Waits until the container uses less than `to.memory`, then sets the limits. Rejects with NOT_CONVERGED, with the old
 * limits in force, if that takes longer than a minute.
 */
export async function shrinkLimits(
  { engine, deploy }: { readonly engine: Pick<Engine, "memoryUse">; readonly deploy: Pick<Deployer, "limits"> },
  container: DeployedContainer & { readonly memoryLimit: Bytes },
  to: Share,
  signal: AbortSignal,
): Promise<void> {
  if (container.memoryLimit === 0 || to.memory < container.memoryLimit) await fitsBelow(engine, container, to, signal);
  await deploy.limits(container, to);
}

async function fitsBelow(
  engine: Pick<Engine, "memoryUse">,
  { id, instance }: DeployedContainer,
  { memory }: Share,
  signal: AbortSignal,
): Promise<void> {
  const end = performance.now() + SHRINK_DEADLINE_MS;
  for (;;) {
    const used = await engine.memoryUse(id);
    if (used <= memory * FILLED) return;
    if (performance.now() > end) throw tooMuch(instance, used, memory);
    await pause(LOOK_AGAIN_MS, signal);
  }
}

function tooMuch(instance: string, used: Bytes, memory: number): PlumblineError {
  return new PlumblineError("NOT_CONVERGED", {
    what: `The memory limit of ${instance} cannot become ${formatBytes(bytes(memory))} now`,
    why: `it uses ${formatBytes(used)}, and the kernel would end it`,
    fix: `Let it give memory back (\`npm run logs -- ${instance}\` may say what holds it), or restart it, then run the command again`,
    details: { instance, usedBytes: used, limitBytes: memory },
  });
}
