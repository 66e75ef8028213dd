/** Slow writes: the kernel limits the write operations a second of the container's cgroup. */
import { docker, dockerAlways, LABEL } from "../docker.ts";
import { impossible } from "./impossible.ts";
import type { Injected, Scene } from "../scene.ts";

/** A synced write is two or three writes of the device, including the journal: 20 to 30 ms at this rate. */
const WRITES_PER_S = 100;

/**
 * Writes the limit for the disk of the data folder ($3) into the cgroup of container $1; $2 is the rate, 0 for none.
 * Limits apply to whole disks, so a partition's number is replaced by its disk's. Source: the kernel's
 * admin-guide/cgroup-v1/blkio-controller and admin-guide/cgroup-v2, "io.max".
 */
const SCRIPT = `set -e
number=$(stat -c %d "$3"); disk="$((number >> 8 & 0xfff)):$((number & 0xff))"
if [ -e "/sys/dev/block/$disk/partition" ]; then disk=$(cat "/sys/dev/block/$disk/../dev"); fi
for file in $(find /machine/cgroup -path "*$1*" \\( -name blkio.throttle.write_iops_device -o -name io.max \\)); do
  case $file in
    */io.max) rate=$2; [ "$rate" = 0 ] && rate=max; echo "$disk wiops=$rate" > "$file" ;;
    *) echo "$disk $2" > "$file" ;;
  esac
  echo "$file $disk"
done`;

/** The limit ends with the container at the latest. */
export async function throttleWrites(scene: Scene): Promise<Injected> {
  const { service, instance, container } = scene;
  const folder = Object.keys(instance.container.volumes)[0];
  if (folder === undefined) throw impossible(`${instance.name} has no data volume`);
  const mounts = ["-v", "/sys/fs/cgroup:/machine/cgroup", "--volumes-from", container.id];
  const start = ["run", "--rm", "--label", LABEL, "--user", "0", "--network", "none", ...mounts, "--entrypoint", "sh"];
  const argv = (rate: number) => {
    return [...start, service.image.reference, "-c", SCRIPT, "sh", container.id, `${rate}`, folder];
  };
  const written = await docker(scene, argv(WRITES_PER_S));
  if (written.trim() === "") throw impossible("the machine has no block I/O controller");
  return {
    detail: `${WRITES_PER_S} writes a second`,
    undo: async () => {
      await dockerAlways(scene, argv(0));
    },
  };
}
