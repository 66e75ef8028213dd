/** Merges a profile with the profile that it extends. */

type Mapping = Readonly<Record<string, unknown>>;

/**
 * The child overrides the parent key by key; also within a service's options and settings. Merging is associative: a
 * service that is switched off keeps its options for a child that switches it on again.
 */
export function mergeProfiles(parent: MergedProfile, child: MergedProfile): MergedProfile {
  return {
    plain: { ...parent.plain, ...child.plain },
    sections: mergeEach(parent.sections, child.sections, (older, newer) => ({ ...older, ...newer })),
    services: mergeEach(parent.services, child.services, (older, newer) => ({
      enabled: newer.enabled,
      options: { ...older.options, ...newer.options },
      settings: { ...older.settings, ...newer.settings },
    })),
  };
}

/** A profile's data, split by how the parts merge. */
export interface MergedProfile {
  readonly plain: Mapping;
  /** The mappings that merge key by key: machine, workload, verification. */
  readonly sections: Readonly<Record<string, Mapping>>;
  readonly services: Readonly<Record<string, MergedService>>;
}

export interface MergedService {
  readonly enabled: boolean;
  readonly options: Mapping;
  readonly settings: Mapping;
}

export const NO_PROFILE: MergedProfile = { plain: {}, sections: {}, services: {} };

/** Splits a file's data. Drops parts that do not have the expected form; the schema reports them. */
export function partsOf(data: unknown): MergedProfile {
  const { extends: _, services, ...rest } = isMapping(data) ? data : {};
  const entries = Object.entries(rest);
  return {
    plain: Object.fromEntries(entries.filter(([, value]) => !isMapping(value))),
    sections: Object.fromEntries(entries.flatMap(([key, value]) => (isMapping(value) ? [[key, value] as const] : []))),
    services: Object.fromEntries(
      Object.entries(isMapping(services) ? services : {}).map(([name, entry]) => [name, serviceOf(entry)]),
    ),
  };
}

function serviceOf(entry: unknown): MergedService {
  const { settings, ...options } = isMapping(entry) ? entry : {};
  return { enabled: entry !== false, options, settings: isMapping(settings) ? settings : {} };
}

function mergeEach<T>(
  parent: Readonly<Record<string, T>>,
  child: Readonly<Record<string, T>>,
  merge: (older: T, newer: T) => T,
): Readonly<Record<string, T>> {
  const merged = new Map(Object.entries(parent));
  for (const [key, newer] of Object.entries(child)) {
    const older = merged.get(key);
    merged.set(key, older === undefined ? newer : merge(older, newer));
  }
  return Object.fromEntries(merged);
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
