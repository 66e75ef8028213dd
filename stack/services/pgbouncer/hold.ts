/** Makes the pool's clients wait: PAUSE ends the pool's connections to the database, and queues what clients send. */
import type { Client } from "pg";
import { z } from "zod";
import { PlumblineError } from "../../core/errors.ts";
import type { Hold } from "../../core/service/service.ts";
import { rows } from "../kit/postgresql/client.ts";

/** Opens a connection to the admin console. `queryDeadlineMs`: how long one command may take. */
export type OpenConsole = (queryDeadlineMs?: number) => Promise<Client>;

/** Beyond the time that PAUSE itself is given, so that it is told from a console that hangs. */
const MARGIN_MS = 5_000;

/**
 * PAUSE waits for the transactions that run. One that lasts longer than `deadlineMs` keeps its connection: the pool
 * serves everybody again, and this rejects with NOT_CONVERGED and names them.
 */
export async function holdPool(open: OpenConsole, deadlineMs: number): Promise<Hold> {
  const pausing = await open(deadlineMs + MARGIN_MS);
  const late = Symbol("late");
  let timer: NodeJS.Timeout | undefined;
  const paused = pausing.query("pause");
  const deadline = new Promise<typeof late>((resolve) => {
    timer = setTimeout(resolve, deadlineMs, late);
  });
  try {
    if ((await Promise.race([paused, deadline])) === late) {
      paused.catch(() => undefined); // its connection is closed while it waits
      throw await tooLong(open, deadlineMs);
    }
  } catch (error) {
    await resume(open);
    throw error;
  } finally {
    clearTimeout(timer);
    await pausing.end().catch(() => undefined);
  }
  return { release: () => resume(open) };
}

/** Ends a pause, if there is one: also that of a run that was killed. */
export async function resume(open: OpenConsole): Promise<void> {
  const console = await open();
  try {
    if (await isPaused(console)) await console.query("resume");
  } finally {
    await console.end();
  }
}

const State = z.object({ key: z.string(), value: z.string() });

/** Whether clients wait. RESUME of a pool that is not paused is an error. SHOW DATABASES knows only pauses of one database. */
export async function isPaused(console: Client): Promise<boolean> {
  return (await rows(console, State, "show state")).some(({ key, value }) => key === "paused" && value === "yes");
}

const Busy = z.object({ user: z.string(), application_name: z.string(), addr: z.string(), state: z.string() });

async function tooLong(open: OpenConsole, deadlineMs: number): Promise<PlumblineError> {
  const console = await open();
  try {
    const clients = (await rows(console, Busy, "show clients")).filter(({ state }) => state.startsWith("active"));
    const who = clients.map(({ user, application_name, addr }) => `${user} from ${addr} (${application_name || "?"})`);
    return new PlumblineError("NOT_CONVERGED", {
      what: `The pool's clients could not be held within ${deadlineMs / 1000} s; nothing was restarted`,
      why: `a transaction is still open: ${who.join(", ") || "the pool does not say whose"}`,
      fix: "End it and run the command again. `npm run down` and `npm run up` do not wait for it.",
      details: { clients: who },
    });
  } finally {
    await console.end();
  }
}
