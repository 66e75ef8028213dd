/** Busy loops inside the harmed container: other work that got there, which its cpu limit counts as the server's. */
import { docker, dockerAlways } from "../docker.ts";
import type { Injected, Scene } from "../scene.ts";

const LOOPS = 4;
/** They end by themselves after this time if this process is killed. */
const SECONDS_MAXIMUM = 600;
/** Starts $1 loops of $2 seconds and prints their ids. They outlive the command, as children of the container's init. */
const START = `i=0; while [ $i -lt "$1" ]; do
  timeout "$2" sh -c 'while :; do :; done' >/dev/null 2>&1 & echo $!; i=$((i + 1))
done`;

export async function loopInside(scene: Scene, seconds = SECONDS_MAXIMUM): Promise<Injected> {
  const { stack, container } = scene;
  const inside = ["exec", "--user", "0", container.id];
  const printed = await docker(scene, [...inside, "sh", "-c", START, "sh", `${LOOPS}`, `${seconds}`]);
  const ids = printed.trim().split(/\s+/);
  return {
    stack,
    detail: `${LOOPS} busy loops`,
    undo: async () => {
      // `timeout` passes the signal on. Loops that ended by themselves are no failure.
      await dockerAlways(scene, [...inside, "sh", "-c", 'kill "$@" 2>/dev/null || :', "sh", ...ids]);
    },
  };
}
