/** The input of a service's one-time steps. */
import type { DesiredService } from "../core/desire/desire.ts";
import type { CredentialStore } from "../core/service/credential.ts";
import type { PrepareInput } from "../core/service/service.ts";

/** Returns the input of `lacks` and `prepare`: the grants, and the credentials that the server issues. */
export function prepareInput({ name, grants }: DesiredService, credentials: CredentialStore): PrepareInput {
  return {
    grants,
    issued: (credential) => credentials.find(name, credential),
    keep: (of, secret) => {
      if (typeof of === "string") return credentials.keep(name, of, secret);
      if (of.as === undefined) throw new Error(`${of.to} names no credential for ${of.grant}`);
      return credentials.keep(of.to, of.as, secret);
    },
  };
}
