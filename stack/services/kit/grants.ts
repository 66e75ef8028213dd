/** Reads grants with the types of their parameters. */
import { z } from "zod";
import type { Credential } from "../../core/service/credential.ts";
import type { Granted } from "../../core/service/want.ts";

/** The grants of one name whose grantees get an account, in their order. */
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

/** A parameter that repeats what the owner has, or is left away. */
export function sameAs(value: string, owner: string) {
  return z
    .literal(value, { error: `${JSON.stringify(value)}, as ${owner} has it; leave it away to follow ${owner}` })
    .optional();
}
