/** YAML for Docker Compose and for swarms. Pure. */
import { stringify } from "yaml";

/** Returns a text that readers of YAML 1.1 understand too: to them a bare `no` is false, and a bare date a point in time. */
export function composeYaml(file: unknown): string {
  return stringify(file, { lineWidth: 0, aliasDuplicateObjects: false, compat: "yaml-1.1" });
}
