/** Busy loops inside the harmed container: other work that got there, which its cpu limit counts as the server's. */
import { dockerAlways, dockerStarted } from "../docker.ts";
import type { Injected, Scene } from "../scene.ts";

const LOOPS = 4;
/** They end by themselves after this time if this process is killed. */
const SECONDS_MAXIMUM = 600;
/**
 * Starts $1 loops of $2 seconds, prints their ids and waits for them. The shell stays their parent: orphans become
 * children of the server, and PostgreSQL takes the end of an unknown child for a crash and starts its recovery.
 */
const START = `i=0; ids=; while [ $i -lt "$1" ]; do
  timeout "$2" sh -c 'while :; do :; done' & ids="$ids $!"; i=$((i + 1))
done; echo $ids; wait`;

export async function loopInside(scene: Scene, seconds = SECONDS_MAXIMUM): Promise<Injected> {
  const { container } = scene;
  const inside = ["exec", "--user", "0", container.id, "sh", "-c"];
  const { line, gone } = await dockerStarted(scene, [...inside, START, "sh", `${LOOPS}`, `${seconds}`]);
  return {
    detail: `${LOOPS} busy loops`,
    undo: async () => {
      // `timeout` passes the signal on. Loops that ended by themselves are no failure.
      await dockerAlways(scene, [...inside, 'kill "$@" 2>/dev/null || :', "sh", ...line.split(" ")]);
      await gone;
    },
  };
}
