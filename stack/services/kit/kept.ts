/** A connection that is opened at its first use and kept, because opening one costs more than most requests. */

export interface Kept<Client> {
  /** Runs a request on the connection. If it rejects, the next request gets a new connection. */
  ask<Result>(request: (client: Client) => Promise<Result>): Promise<Result>;
  /** Safe to call twice, and without any request before. A later request opens the connection again. */
  close(): Promise<void>;
}

/** `close` must not reject. */
export function keep<Client>(open: () => Promise<Client>, close: (client: Client) => Promise<void>): Kept<Client> {
  let opening: Promise<Client> | undefined;
  const forget = async (): Promise<void> => {
    const known = opening;
    opening = undefined;
    await known?.then(close, () => undefined);
  };
  return {
    ask: async (request) => {
      opening ??= open();
      try {
        return await request(await opening);
      } catch (error) {
        await forget();
        throw error;
      }
    },
    close: forget,
  };
}
