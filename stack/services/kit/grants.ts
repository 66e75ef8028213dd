/** Reads grants with typed parameters. */
import { z } from "zod";
import type { Credential } from "../../core/service/credential.ts";
import type { Granted } from "../../core/service/want.ts";

/** Returns the grants of one name whose grantees get an account, in order. */
export function accountsOf<Parameters extends z.ZodType>(
  grants: readonly Granted[],
  { name, parameters }: { readonly name: string; readonly parameters: Parameters },
): readonly { readonly credential: Credential; readonly parameters: z.output<Parameters> }[] {
  return grants
    .filter(({ grant }) => grant === name)
    .map(({ to, credential, parameters: given }) => {
      if (!credential) throw new Error(`${name} was granted to ${to} without a credential`);
      return { credential, parameters: parameters.parse(given) };
    });
}

/** Returns a parameter that must equal the owner's value or be left out. */
export function sameAs(value: string, owner: string) {
  return z
    .literal(value, { error: `${JSON.stringify(value)}, as ${owner} has it; leave it away to follow ${owner}` })
    .optional();
}
