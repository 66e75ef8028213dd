/** The input of a service's one-time steps. */
import type { DesiredService } from "../core/desire/desire.ts";
import type { CredentialStore } from "../core/service/credential.ts";
import type { LacksInput, PrepareInput } from "../core/service/service.ts";

/** Returns the input of `lacks`: the grants, and the credentials that the server issues. */
export function lacksInput({ name, grants }: DesiredService, credentials: CredentialStore): LacksInput {
  return { grants, issued: (credential) => credentials.find(name, credential) };
}

/** Returns the input of `prepare`. Aborting `signal` ends it before its next step. */
export function prepareInput(service: DesiredService, credentials: CredentialStore, signal: AbortSignal): PrepareInput {
  return {
    ...lacksInput(service, credentials),
    signal,
    keep: (of, secret) => {
      if (typeof of === "string") return credentials.keep(service.name, of, secret);
      if (of.as === undefined) throw new Error(`${of.to} names no credential for ${of.grant}`);
      return credentials.keep(of.to, of.as, secret);
    },
  };
}
