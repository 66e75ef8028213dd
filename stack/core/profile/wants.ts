/** Checks what the services of a profile want from each other. Pure. */
import { findProblems, type Locate } from "./issues.ts";
import type { MergedProfile } from "./merge.ts";
import { describeValue, type ProfileProblem } from "./problem.ts";
import { wiresOf, wiringOf, type Wirable, type Wire } from "../service/wiring.ts";

/** A service of the profile, with its options if they are valid, otherwise with the defaults. */
export interface Wanted {
  readonly service: Wirable;
  readonly valid: boolean;
}

/** Reports missing neighbours, parameters that their owners do not accept, and parameters that two services claim. */
export function wantProblems(
  entries: MergedProfile["services"],
  wanted: readonly Wanted[],
  locate: Locate,
): readonly ProfileProblem[] {
  const services = wanted.map(({ service }) => service);
  // Skips services with invalid options, which are reported separately.
  const valid = wanted.filter((each) => each.valid).map(({ service }) => service);
  const wiring = wiringOf(valid);
  const checked = valid.flatMap((service) => wiresOf(service, wiring).map((wire) => ({ ...wire, service })));
  return [
    ...services.flatMap((service) => missing(service, entries, locate)),
    ...checked.flatMap(({ service, want, grant }) =>
      findProblems(grant.parameters, want.with ?? {}, locate, ["services", service.name]),
    ),
    ...claimedTwice(checked, locate),
  ];
}

function missing({ name, wants }: Wirable, entries: MergedProfile["services"], locate: Locate): ProfileProblem[] {
  const required = new Set(wants.filter(({ optional }) => !optional).map(({ from }) => from));
  return [...required]
    .filter((other) => entries[other]?.enabled !== true)
    .map((other) => {
      const path = ["services", Object.hasOwn(entries, other) ? other : name];
      return {
        ...locate(path, "key"),
        path: path.join("."),
        found: `${name} without ${other}`,
        expected: `the service ${other}, which ${name} is useless without, or ${name}: false`,
      };
    });
}

function claimedTwice(wires: readonly (Wire & { readonly service: Wirable })[], locate: Locate): ProfileProblem[] {
  const claims = new Map<string, string>();
  return wires.flatMap(({ service, want, owner, grant }) =>
    (grant.unique ?? []).flatMap((parameter): ProfileProblem[] => {
      const value = want.with?.[parameter];
      const claim = JSON.stringify([owner.name, grant.name, parameter, value]);
      const first = claims.get(claim) ?? service.name;
      claims.set(claim, first);
      if (first === service.name) return [];
      const path = ["services", service.name, parameter];
      const expected = `another ${parameter} of ${owner.name} than ${first} has`;
      return [{ ...locate(path, "value"), path: path.join("."), found: describeValue(value), expected }];
    }),
  );
}
