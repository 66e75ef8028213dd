/** The refusal of a login that no waiting changes. */

/** Thrown by `LiveService.connect` of a server that answers and refuses: a wrong password, an unknown database or host. */
export class LoginRefused extends Error {
  override readonly name = "LoginRefused";
}

/**
 * Settles as `work` does, but rejects with LoginRefused if the error's code is one of `codes`: the server's own names of
 * the errors that stay. `codeOf`: for a client whose errors have their code elsewhere.
 */
export async function refusing<Result>(
  work: Promise<Result>,
  codes: ReadonlySet<string>,
  codeOf: (error: Error) => string = ownCode,
): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof Error) || !codes.has(codeOf(error))) throw error;
    throw new LoginRefused(error.message, { cause: error });
  }
}

function ownCode(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : "";
}
