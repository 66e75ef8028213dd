/** What the one-time steps of a service work with. */
import type { DesiredService } from "../core/desire/desire.ts";
import type { CredentialStore } from "../core/service/credential.ts";
import type { PrepareInput } from "../core/service/service.ts";

/** For `lacks` and `prepare`: the grants, and the credentials that the server issues. */
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
