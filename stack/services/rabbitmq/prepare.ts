/** One-time steps of RabbitMQ. Its definitions apply them at boot; this repairs later changes. */
import { z } from "zod";
import type { Target } from "../../core/service/service.ts";
import type { Step } from "../kit/steps.ts";
import { definitionsOf } from "./definitions.ts";
import { management, segment, type Management } from "./management.ts";
import { OVERRIDES, overridesIn, type Found } from "./overrides.ts";

const USERS = z.array(z.object({ name: z.string(), password_hash: z.string(), tags: z.array(z.string()) }));
const VHOSTS = z.array(z.object({ name: z.string() }));
const PERMISSIONS = z.array(
  z.object({ user: z.string(), vhost: z.string(), configure: z.string(), write: z.string(), read: z.string() }),
);

/** RabbitMQ's default user, whose password is public. */
const GUEST = "guest";

/**
 * Resolves the missing or different users, vhosts and rights, and the removal of the default user and of what overrides
 * the plan, if they exist.
 */
export async function missingSteps(target: Target, vhost: string): Promise<readonly Step[]> {
  const api = management(target);
  const wanted = definitionsOf(target.credentials, vhost);
  const [users, vhosts, permissions, found] = await Promise.all([
    api.get("users", USERS),
    api.get("vhosts?columns=name", VHOSTS),
    api.get("permissions", PERMISSIONS),
    foundBy(api),
  ]);
  const steps: Step[] = [];
  const missing = (lacks: string, done: string, take: Step["take"]) => steps.push({ lacks, done, take });
  for (const { name } of wanted.vhosts.filter((one) => !vhosts.some((there) => there.name === one.name))) {
    missing(`create vhost ${name}`, `created vhost ${name}`, () => api.put(`vhosts/${segment(name)}`, {}));
  }
  for (const { name, ...user } of wanted.users) {
    const there = users.find((one) => one.name === name);
    const isKnown = there?.password_hash === user.password_hash;
    if (isKnown && isSameTags(there.tags, user.tags)) continue;
    const set = `set the ${isKnown ? "tags" : "password"} of user ${name}`;
    const take = () => api.put(`users/${segment(name)}`, user);
    missing(there ? set : `create user ${name}`, there ? set : `created user ${name}`, take);
  }
  for (const permission of wanted.permissions) {
    if (permissions.some((there) => isSame(there, permission))) continue;
    const { user, vhost: on, ...rights } = permission;
    const what = `user ${user} all rights on vhost ${on}`;
    const take = () => api.put(`permissions/${segment(on)}/${segment(user)}`, rights);
    missing(`grant ${what}`, `granted ${what}`, take);
  }
  if (users.some(({ name }) => name === GUEST)) {
    missing(`remove user ${GUEST}`, `removed user ${GUEST}`, () => api.delete(`users/${GUEST}`));
  }
  for (const { what, why, path } of overridesIn(found, wanted, vhost))
    missing(`remove the ${what}, ${why}`, `removed the ${what}`, () => api.delete(path));
  return steps;
}

async function foundBy(api: Management): Promise<Found> {
  const [vhostLimits, userLimits, policies, operatorPolicies, topicPermissions] = await Promise.all([
    api.get("vhost-limits", OVERRIDES["vhost-limits"]),
    api.get("user-limits", OVERRIDES["user-limits"]),
    api.get("policies", OVERRIDES.policies),
    api.get("operator-policies", OVERRIDES["operator-policies"]),
    api.get("topic-permissions", OVERRIDES["topic-permissions"]),
  ]);
  return {
    "vhost-limits": vhostLimits,
    "user-limits": userLimits,
    policies,
    "operator-policies": operatorPolicies,
    "topic-permissions": topicPermissions,
  };
}

function isSameTags(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((tag) => other.includes(tag));
}

type Permission = z.output<typeof PERMISSIONS>[number];

function isSame(one: Permission, other: Permission): boolean {
  return (
    one.user === other.user &&
    one.vhost === other.vhost &&
    one.configure === other.configure &&
    one.write === other.write &&
    one.read === other.read
  );
}
