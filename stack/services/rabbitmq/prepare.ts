/** One-time steps of RabbitMQ. Its definitions do them at boot; this repairs what was changed or removed since. */
import { z } from "zod";
import type { Target } from "../../core/service/service.ts";
import { definitionsOf } from "./definitions.ts";
import { management, segment } from "./management.ts";

const USERS = z.array(z.object({ name: z.string(), password_hash: z.string() }));
const VHOSTS = z.array(z.object({ name: z.string() }));
const PERMISSIONS = z.array(
  z.object({ user: z.string(), vhost: z.string(), configure: z.string(), write: z.string(), read: z.string() }),
);

/** RabbitMQ's default user, whose password everybody knows. */
const GUEST = "guest";

/** Looks at what is there and makes what is missing; answers what it did. */
export async function prepareRabbitmq(target: Target, vhost: string): Promise<readonly string[]> {
  const api = management(target);
  const wanted = definitionsOf(target.credentials, vhost);
  const [users, vhosts, permissions] = await Promise.all([
    api.get("users", USERS),
    api.get("vhosts?columns=name", VHOSTS),
    api.get("permissions", PERMISSIONS),
  ]);
  const done: string[] = [];
  for (const { name } of wanted.vhosts.filter((one) => !vhosts.some((there) => there.name === one.name))) {
    await api.put(`vhosts/${segment(name)}`, {});
    done.push(`created vhost ${name}`);
  }
  for (const { name, ...user } of wanted.users) {
    const there = users.find((one) => one.name === name);
    if (there?.password_hash === user.password_hash) continue;
    await api.put(`users/${segment(name)}`, user);
    done.push(there ? `set the password of user ${name}` : `created user ${name}`);
  }
  for (const permission of wanted.permissions) {
    if (permissions.some((there) => isSame(there, permission))) continue;
    const { user, vhost: on, ...rights } = permission;
    await api.put(`permissions/${segment(on)}/${segment(user)}`, rights);
    done.push(`granted user ${user} all rights on vhost ${on}`);
  }
  if (users.some(({ name }) => name === GUEST)) {
    await api.delete(`users/${GUEST}`);
    done.push("removed user guest");
  }
  return done;
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
