/** `env`: how a program on this computer reaches the services of a stack. Asks no engine. */
import { readdir } from "node:fs/promises";
import { PlumblineError } from "../core/errors.ts";
import type { Env } from "../core/results/commands/env.ts";
import type { ConfiguredService, Credential } from "../core/service/service.ts";
import type { StackFolder } from "../records/folder.ts";
import { readCredentials } from "../records/secrets.ts";
import { readWanted, type StackOptions } from "./request/request.ts";
import { stackDown } from "./request/discovery.ts";
import { PUBLISHED_ADDRESS } from "../converge/targets.ts";

/**
 * URLs of the instances that the stack was last brought up with. Rejects with STACK_DOWN where it never was, and with
 * SECRETS_LOST where a password is gone.
 */
export async function connectionUrls(options: StackOptions): Promise<Env> {
  const { stack, folder, services, profile, profileReference } = await readWanted(options);
  const present = await instancesMade(folder);
  if (!present) throw stackDown(stack, "it was never brought up, or it was destroyed: it has no addresses yet");
  const { credentials, missing } = await readCredentials(folder.secrets, services);
  const variables: Record<string, string> = {};
  for (const { name: service, ports } of services) {
    for (const { instance, host, url } of ports) {
      if (!url || !present.has(instance)) continue;
      const id = url.credential.includes(".") ? url.credential : `${service}.${url.credential}`;
      if (missing.includes(id)) throw lost(stack, folder, id, isKeyLost(id, services, missing));
      const [owner = "", name = ""] = id.split(".");
      const port = host + profile.portOffset;
      variables[url.variable] = fill(url.template, credentials(owner, name), port);
    }
  }
  return { stack, profile: profileReference, variables };
}

/** Puts credential and address into a template, escaped as a URL wants it (RFC 3986, userinfo). */
export function fill(
  template: string,
  { user, password }: Pick<Credential, "user" | "password">,
  port: number,
): string {
  const values: Readonly<Record<string, string>> = {
    user: encodeURIComponent(user),
    password: encodeURIComponent(password),
    host: PUBLISHED_ADDRESS,
    port: String(port),
  };
  return template.replace(/\{(user|password|host|port)\}/g, (_all, name: string) => values[name] ?? "");
}

/** Instances whose conf files were written: those of services that were left out are not there. */
async function instancesMade(folder: StackFolder): Promise<ReadonlySet<string> | undefined> {
  try {
    return new Set(await readdir(folder.file("conf")));
  } catch {
    return undefined;
  }
}

/** The first credential of a service opens its server: with it, `up` gives every other one a new password. */
function isKeyLost(id: string, services: readonly ConfiguredService[], missing: readonly string[]): boolean {
  const owner = services.find(({ name }) => id.startsWith(`${name}.`));
  return missing.includes(`${owner?.name ?? ""}.${owner?.credentials[0]?.name ?? ""}`);
}

function lost(stack: string, { secrets }: StackFolder, id: string, keyLost: boolean): PlumblineError {
  return new PlumblineError("SECRETS_LOST", {
    what: `The password of ${id} in the stack ${stack} is gone`,
    why: `${secrets} has no file ${id}`,
    fix: keyLost
      ? "Restore it from a copy, or remove the stack's data with `npm run destroy` and bring it up again"
      : "Restore it from a copy, or give it a new password with `npm run up`",
  });
}
