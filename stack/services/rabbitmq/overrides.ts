/** What is set in a node that overrides the plan, or keeps its users from working. Pure. */
import { z } from "zod";
import { BENCH_VHOST, type Definitions } from "./definitions.ts";
import { segment } from "./management.ts";

/** Names of limits with their values, negative for no limit; a node answers an empty list where all were cleared. */
const Limits = z.union([z.record(z.string(), z.number()), z.array(z.never()).transform(() => ({}))]);

/** The answers of the management API, by path. */
export const OVERRIDES = {
  "vhost-limits": z.array(z.object({ vhost: z.string(), value: Limits })),
  "user-limits": z.array(z.object({ user: z.string(), value: Limits })),
  policies: z.array(z.object({ vhost: z.string(), name: z.string() })),
  "operator-policies": z.array(z.object({ vhost: z.string(), name: z.string() })),
  "topic-permissions": z.array(z.object({ user: z.string(), vhost: z.string() })),
} as const;

export type Found = { readonly [Path in keyof typeof OVERRIDES]: z.output<(typeof OVERRIDES)[Path]> };

export interface Override {
  /** "limit max-connections = 0 of vhost app". */
  readonly what: string;
  /** Completes "remove the <what>, …". */
  readonly why: string;
  /** Path of the object in the management API: deleting it removes the override. */
  readonly path: string;
}

/** Who has set it is not known: the profile may give limits and operator policies to every new vhost. */
const MEASURED = "which would change what is measured";
const CLOSED = "with which nobody can use it";
const RIGHTS = "which take rights from it";

/**
 * Returns what must go. In the vhost and for the user of the benchmarks that is every limit and policy: they change what
 * is measured. The application's are a person's own, unless they let nobody connect or nothing be declared.
 */
export function overridesIn(found: Found, { users }: Pick<Definitions, "users">, vhost: string): readonly Override[] {
  const own = new Set(users.map(({ name }) => name));
  const isOwnVhost = (name: string) => name === vhost || isWhole(name);
  const policies = (path: "policies" | "operator-policies", kind: string) =>
    found[path]
      .filter((policy) => isWhole(policy.vhost))
      .map((policy) => ({
        what: `${kind} ${policy.name} of vhost ${policy.vhost}`,
        why: MEASURED,
        path: `${path}/${segment(policy.vhost)}/${segment(policy.name)}`,
      }));
  return [
    ...found["vhost-limits"]
      .filter((one) => isOwnVhost(one.vhost))
      .flatMap((one) => limits("vhost", one.vhost, one.value)),
    ...found["user-limits"]
      .filter(({ user }) => own.has(user))
      .flatMap(({ user, value }) => limits("user", user, value)),
    ...policies("policies", "policy"),
    ...policies("operator-policies", "operator policy"),
    ...found["topic-permissions"]
      .filter(({ user, vhost: on }) => own.has(user) && isOwnVhost(on))
      .map(({ user, vhost: on }) => ({
        what: `topic permissions of user ${user} on vhost ${on}`,
        why: RIGHTS,
        path: `topic-permissions/${segment(on)}/${segment(user)}`,
      })),
  ];
}

/** The benchmarks' vhost and their user, who have one name. */
function isWhole(name: string): boolean {
  return name === BENCH_VHOST;
}

function limits(kind: "vhost" | "user", name: string, value: Readonly<Record<string, number>>): readonly Override[] {
  return Object.entries(value)
    .filter(([, most]) => most === 0 || (most > 0 && isWhole(name)))
    .map(([limit, most]) => ({
      what: `limit ${limit} = ${most} of ${kind} ${name}`,
      why: isWhole(name) ? MEASURED : CLOSED,
      path: `${kind}-limits/${segment(name)}/${segment(limit)}`,
    }));
}
