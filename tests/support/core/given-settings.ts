/** A stack of all tuned services with settings that its profile gives. */
import { configureServices, sizeServices } from "../../../stack/core/desire/desire.ts";
import type { Purpose } from "../../../stack/core/desire/settings.ts";
import { PlumblineError } from "../../../stack/core/errors.ts";
import type { Profile } from "../../../stack/core/profile/profile.ts";
import { registry } from "../../../stack/services/index.ts";
import { profileOf } from "./stack.ts";

export type Overrides = Profile["overrides"];

export const SERVICES = {
  postgres: {},
  pgbouncer: {},
  mysql: {},
  redis: { nodes: 3 },
  rabbitmq: {},
  "node-exporter": {},
};

export function sized(overrides: Overrides, parts: Partial<Profile> = {}, purpose: Purpose = "change") {
  const profile = profileOf({ services: SERVICES, overrides, ...parts });
  return sizeServices({
    profile,
    machine: profile.machine,
    services: configureServices(profile, registry),
    purpose,
    positionOf: (path, what) => ({ file: "mine.yaml", line: path.length, column: what === "key" ? 7 : 20 }),
  });
}

/** Returns the mistakes, one a line; empty if the settings are accepted. */
export function refusedFor(overrides: Overrides, parts?: Partial<Profile>): string {
  try {
    sized(overrides, parts);
    return "";
  } catch (error) {
    if (error instanceof PlumblineError && error.code === "PROFILE_INVALID") return error.why;
    throw error;
  }
}
