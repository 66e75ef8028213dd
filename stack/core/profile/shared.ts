/** Options that two services have in common: a pool leads to the database of its server. Pure. */
import type { MergedProfile } from "./merge.ts";
import { describeValue, type Path, type ProfileProblem } from "./problem.ts";
import type { Locate } from "./issues.ts";
import type { ProfileService } from "./schema.ts";

type Entries = MergedProfile["services"];

/** The services with the options that they take over from others; what a profile says of these itself stays. */
export function shareOptions(entries: Entries, services: readonly ProfileService[]): Entries {
  const filled = Object.entries(entries).map(([name, entry]) => {
    const taken = sharedBy(name, entries, services).map(({ option, value }) => [option, value] as const);
    return [name, { ...entry, options: { ...Object.fromEntries(taken), ...entry.options } }] as const;
  });
  return Object.fromEntries(filled);
}

/** What a profile says of a shared option, and says otherwise of the service that has it. */
export function sharedProblems(
  entries: Entries,
  services: readonly ProfileService[],
  locate: Locate,
): readonly ProfileProblem[] {
  return Object.entries(entries)
    .filter(([, { enabled }]) => enabled)
    .flatMap(([name, { options }]) =>
      sharedBy(name, entries, services)
        .filter(({ option, value }) => Object.hasOwn(options, option) && options[option] !== value)
        .map(({ option, owner, value }): ProfileProblem => {
          const path: Path = ["services", name, option];
          const found = describeValue(options[option]);
          const expected = `${describeValue(value)}, as ${owner} has it; leave it away to follow ${owner}`;
          return { ...locate(path, "value"), path: path.join("."), found, expected };
        }),
    );
}

interface Shared {
  readonly option: string;
  readonly owner: string;
  readonly value: unknown;
}

/** None of a service whose owner is absent or wrong: that is a mistake of its own. */
function sharedBy(name: string, entries: Entries, services: readonly ProfileService[]): readonly Shared[] {
  const { shares = {} } = services.find((service) => service.name === name) ?? {};
  return Object.entries(shares).flatMap(([option, owner]) => {
    const schema = services.find((service) => service.name === owner)?.options;
    const settled = schema?.safeParse(entries[owner]?.options ?? {});
    if (settled?.success !== true || entries[owner]?.enabled !== true) return [];
    const value = new Map<string, unknown>(Object.entries(settled.data ?? {})).get(option);
    return value === undefined ? [] : [{ option, owner, value }];
  });
}
