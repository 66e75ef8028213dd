import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Place } from "./place.ts";
import { variable, type World } from "./world.ts";

/** Colima puts an Include line into the user's own ~/.ssh/config unless `--ssh-config=false`. */
export function writeSshConfig(world: World, place: Place, editUsersFile: boolean): void {
  const own = join(place.home, "ssh_config");
  writeFileSync(own, `Host ${place.id}\n  Hostname 127.0.0.1\n`);
  const user = variable(world, "HOME");
  if (!editUsersFile || user === undefined) return;
  const file = join(user, ".ssh", "config");
  const include = `Include ${own}`;
  const before = existsSync(file) ? readFileSync(file, "utf8") : "";
  if (before.includes(include)) return;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, before === "" ? include : `${include}\n\n${before}`);
}
