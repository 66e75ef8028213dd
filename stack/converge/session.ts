/** The session of one observation. */
import type { Session } from "../core/service/session.ts";

/** Runs `work`, then closes everything opened in the session, concurrently. */
export async function withSession<T>(work: (session: Session) => Promise<T>): Promise<T> {
  const closings: (() => Promise<void>)[] = [];
  try {
    return await work({ atEnd: (close) => closings.push(close) });
  } finally {
    await Promise.all(closings.map((close) => close()));
  }
}
