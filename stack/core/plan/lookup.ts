/** Looks up the names in a plan. A plan contains only wanted instances, so an unknown name is a defect. */
import type { Desired, DesiredInstance, DesiredService } from "../desire/desire.ts";

export function serviceOf(desired: Desired, name: string): DesiredService {
  const service = desired.services.find((candidate) => candidate.name === name);
  if (!service) throw new Error(`the plan names ${name}, which is not wanted`);
  return service;
}

export function instanceOf(
  desired: Desired,
  on: { readonly service: string; readonly instance: string },
): DesiredInstance {
  const instance = serviceOf(desired, on.service).instances.find(({ name }) => name === on.instance);
  if (!instance) throw new Error(`the plan names ${on.instance}, which is not wanted`);
  return instance;
}

/** Returns the entry of `all` for the instance. Throws if there is none. */
export function containerOf<Container>(
  { instance }: { readonly instance: string },
  all: ReadonlyMap<string, Container>,
): Container {
  const container = all.get(instance);
  if (!container) throw new Error(`the plan names ${instance}, which has no container`);
  return container;
}
