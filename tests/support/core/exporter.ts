/** The stack of the profile `observed`, for tests of its exporters. */
import type { DesiredInstance } from "../../../stack/core/desire/desire.ts";
import { offersOf } from "../../../stack/core/desire/offers.ts";
import { readProfile } from "../../../stack/records/profiles.ts";
import { registry, services } from "../../../stack/services/index.ts";
import { desiredOf } from "./stack.ts";

/** The container of an exporter, and what it offers, where a service of the profile has these options. */
export async function exporterOf(
  name: string,
  options: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {},
): Promise<{ readonly instance: DesiredInstance; readonly paths: readonly string[] }> {
  const { profile } = await readProfile("observed", { services });
  const desired = desiredOf({ ...profile, services: { ...profile.services, ...options } }, { registry });
  const instance = desired.services.find((service) => service.name === name)?.instances[0];
  if (!instance) throw new Error(`${name} is not in the profile`);
  const offered = offersOf(desired).metrics.filter(({ service }) => service === name);
  return { instance, paths: offered.map(({ path }) => path) };
}
