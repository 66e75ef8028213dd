/** Competing load: separate containers that only count. */
import { docker, dockerAlways, LABEL } from "./docker.ts";
import type { Injected, Scene } from "./scene.ts";

/** They end by themselves after this time if this process is killed. */
const SECONDS_MAXIMUM = 120;
const LOOPS = 2;
const SCRIPT = `i=0; while [ $i -lt ${LOOPS} ]; do (while :; do :; done) & i=$((i + 1)); done; wait`;

/**
 * Each container has the same weight as the harmed one and as the client: fewer would leave these most of their cpu.
 */
const CONTAINERS_A_CPU = 8;

export async function burnCpus(scene: Scene): Promise<Injected> {
  const { stack, service } = scene;
  const count = CONTAINERS_A_CPU * Math.ceil(stack.machine.cpus);
  const command = ["timeout", `${SECONDS_MAXIMUM}`, "sh", "-c", SCRIPT];
  const argv = [
    "run",
    "-d",
    "--rm",
    "--label",
    LABEL,
    "--init",
    "--network",
    "none",
    "--entrypoint",
    "",
    service.image.reference,
  ];
  const ids: string[] = [];
  const undo = async () => {
    if (ids.length > 0) await dockerAlways(scene, ["rm", "-f", ...ids]);
  };
  try {
    for (let index = 0; index < count; index += 1) ids.push((await docker(scene, [...argv, ...command])).trim());
  } catch (error) {
    await undo();
    throw error;
  }
  return { stack, detail: `${count} containers of ${LOOPS} loops`, undo };
}
