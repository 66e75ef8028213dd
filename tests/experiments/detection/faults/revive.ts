/** Waits for a server that a fault has ended or restarted. */
import { setTimeout as sleep } from "node:timers/promises";
import { askServices } from "../../../../stack/converge/ready.ts";
import { projectName } from "../../../../stack/core/stack-names.ts";
import { PlumblineError } from "../../../../stack/core/errors.ts";
import type { Scene } from "../scene.ts";

const READY_DEADLINE_MS = 120_000;
const POLL_MS = 250;

/** Restarts the harmed container, and resolves when its service and those that need it work. */
export async function restart(scene: Scene): Promise<void> {
  const { stack, instance, container } = scene;
  await stack.world.engine.restart(container.id, instance.container.stopGraceSeconds);
  await revive(scene);
}

/** Starts the harmed container if it ended, and resolves when its service and those that need it work. */
export async function revive({ stack, service, instance, container }: Scene): Promise<void> {
  const { engine } = stack.world;
  const project = projectName(stack.desired.stack);
  const concerned = stack.desired.services.filter(
    ({ name, requires }) => name === service.name || requires.includes(service.name),
  );
  const end = performance.now() + READY_DEADLINE_MS;
  for (;;) {
    const containers = await engine.containers(project);
    if (containers.some(({ id, state }) => id === container.id && state === "exited"))
      await engine.restart(container.id, instance.container.stopGraceSeconds);
    const { unready: reasons } = await askServices(stack.world, concerned, containers);
    if (reasons.size === 0) return;
    if (performance.now() > end) throw notBack(service.name, [...reasons.values()].join(", "));
    await sleep(POLL_MS);
  }
}

function notBack(service: string, why: string): PlumblineError {
  const what = `${service} did not come back after a fault was put right`;
  return new PlumblineError("BENCH_FAILED", { what, why, fix: "Run the experiment again, or leave this fault out" });
}
