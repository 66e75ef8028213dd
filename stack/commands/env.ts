/** `env`: how programs on this computer reach the services of a stack. Does not need an engine. */
import { readdir } from "node:fs/promises";
import { PlumblineError } from "../core/errors.ts";
import type { Endpoint } from "../core/machine/deployer.ts";
import type { Env } from "../core/results/commands/env.ts";
import type { ConfiguredService } from "../core/service/service.ts";
import type { Neighbours } from "../core/service/want.ts";
import { neighboursOf, wiringOf } from "../core/service/wiring.ts";
import { isKeyLost, type Credential } from "../core/service/credential.ts";
import type { StackFolder } from "../records/folder.ts";
import { readCredentials } from "../records/secrets.ts";
import { likelyRuntime, readWanted, type StackOptions } from "./request/request.ts";
import { stackDown } from "./request/discovery.ts";

/**
 * Resolves URLs of the instances that the stack was last brought up with. Rejects with STACK_DOWN if it was never
 * brought up, and with SECRETS_LOST if a password is gone.
 */
export async function connectionUrls(options: StackOptions): Promise<Env> {
  const wanted = await readWanted(options);
  const { stack, folder, services, profile, profileReference } = wanted;
  const runtime = likelyRuntime(wanted);
  const present = await instancesMade(folder);
  if (!present) throw stackDown(stack, "it was never brought up, or it was destroyed: it has no addresses yet");
  const { credentials, missing } = await readCredentials(folder.secrets, services);
  const wiring = wiringOf(services);
  const variables: Record<string, string> = {};
  for (const definition of services) {
    const { name: service, ports } = definition;
    for (const { instance, defaultHostPort, url } of ports) {
      if (!url || !present.has(instance)) continue;
      const id = url.credential.includes(".") ? url.credential : `${service}.${url.credential}`;
      const [owner = "", name = ""] = id.split(".");
      const credential = missing.includes(id) ? undefined : credentials.find(owner, name);
      if (!credential) throw lost(stack, folder, id, isOwnersKeyLost(owner, services, missing));
      const endpoint = runtime.endpoint(instance, defaultHostPort + profile.portOffset);
      const options = optionsOf(neighboursOf(definition, wiring));
      variables[url.variable] = fill(url.template, credential, endpoint, options);
    }
  }
  return { stack, profile: profileReference, variables };
}

/** Fills credential, address and options of neighbours into a template, escaped for URLs (RFC 3986, userinfo). */
export function fill(
  template: string,
  { user, password }: Pick<Credential, "user" | "password">,
  { host, port }: Endpoint,
  options: Readonly<Record<string, string>> = {},
): string {
  const values: Readonly<Record<string, string>> = {
    ...options,
    user: encodeURIComponent(user),
    password: encodeURIComponent(password),
    host,
    port: String(port),
  };
  return template.replace(/\{([\w.-]+)\}/g, (_all, name: string) => values[name] ?? "");
}

/** Returns options by name: "postgres.database". */
function optionsOf(neighbours: Neighbours): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(neighbours).flatMap(([name, { options }]) =>
      Object.entries(options).map(([option, value]) => [`${name}.${option}`, encodeURIComponent(String(value))]),
    ),
  );
}

/** Resolves the instances whose conf files were written, so without services that were left out. */
async function instancesMade(folder: StackFolder): Promise<ReadonlySet<string> | undefined> {
  try {
    return new Set(await readdir(folder.file("conf")));
  } catch {
    return undefined;
  }
}

function isOwnersKeyLost(name: string, services: readonly ConfiguredService[], missing: readonly string[]): boolean {
  const owner = services.find((service) => service.name === name);
  return isKeyLost(owner?.credentials ?? [], (credential) => !missing.includes(`${name}.${credential}`));
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
