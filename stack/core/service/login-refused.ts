/** The refusal of a login that no waiting changes. */

/** Thrown by `LiveService.connect` of a server that answers and refuses: a wrong password, an unknown database or host. */
export class LoginRefused extends Error {
  override readonly name = "LoginRefused";
}

/**
 * Settles as `work` does, but rejects with LoginRefused if the error's code is one of `codes`: the server's own names of
 * the errors that stay.
 */
export async function refusing<Result>(work: Promise<Result>, codes: ReadonlySet<string>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
    if (!(error instanceof Error) || !codes.has(code)) throw error;
    throw new LoginRefused(error.message, { cause: error });
  }
}
