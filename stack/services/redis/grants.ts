/** Creates granted accounts on running nodes; at their next start the nodes read them from their file of users. */
import type { Redis } from "ioredis";
import { z } from "zod";
import type { Credential } from "../../core/service/credential.ts";
import type { Target } from "../../core/service/service.ts";
import type { Granted } from "../../core/service/want.ts";
import { accountsOf } from "../kit/grants.ts";
import type { Step } from "../kit/steps.ts";
import { MONITOR, monitorRules } from "./accounts.ts";
import { withNode } from "./client.ts";

/** Resolves the accounts that a node lacks, or that have another password or other rights there. */
export async function missingAccounts(
  targets: readonly Target[],
  grants: readonly Granted[],
): Promise<readonly Step[]> {
  const accounts = accountsOf(grants, MONITOR).map(({ credential }) => credential);
  if (accounts.length === 0) return [];
  const steps = targets.map((target) =>
    withNode(target, async (client) => {
      const missing: Step[] = [];
      for (const account of accounts) if (!(await isThere(client, account))) missing.push(stepOf(target, account));
      return missing;
    }),
  );
  return (await Promise.all(steps)).flat();
}

function stepOf(target: Target, account: Credential): Step {
  const what = `account ${account.user} on ${target.instance}`;
  return {
    lacks: `make ${what}`,
    done: `made ${what}`,
    take: () =>
      withNode(target, async (client) => {
        await client.call("ACL", ["SETUSER", account.user, ...monitorRules(account)]);
      }),
  };
}

const User = z.array(z.unknown()).nullable();

/** Redis rewrites rules when it stores them, so an account is compared with one created in the same way. */
async function isThere(client: Redis, account: Credential): Promise<boolean> {
  const found = User.parse(await client.call("ACL", ["GETUSER", account.user]));
  if (found === null) return false;
  const fields = new Map(found.flatMap((name, index) => (index % 2 === 0 ? [[name, found[index + 1]] as const] : [])));
  const passwords = z.array(z.string()).parse(fields.get("passwords"));
  const flags = z.array(z.string()).parse(fields.get("flags"));
  const commands = z.string().parse(fields.get("commands"));
  const wanted = monitorRules(account).filter((rule) => rule.startsWith("+"));
  const allowed = commands.split(" ").filter((rule) => rule.startsWith("+"));
  const isSame = allowed.length === wanted.length && wanted.every((rule) => allowed.includes(rule));
  return isSame && flags.includes("on") && passwords.length === 1 && passwords[0] === account.sha256;
}
