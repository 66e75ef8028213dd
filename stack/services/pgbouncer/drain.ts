/** Drains the pool's clients: PAUSE closes the pool's connections to the database, and queues what clients send. */
import type { Client } from "pg";
import { z } from "zod";
import { PlumblineError } from "../../core/errors.ts";
import type { Drain } from "../../core/service/drain.ts";
import { rows } from "../kit/postgresql/client.ts";

/** Opens a connection to the admin console. `queryDeadlineMs` is the deadline of one command. */
export type OpenConsole = (queryDeadlineMs?: number) => Promise<Client>;

/** Added to PAUSE's own deadline, to tell a slow PAUSE from a hanging console. */
const MARGIN_MS = 5_000;

/**
 * PAUSE waits for running transactions. If one takes longer than `deadlineMs`, the pool serves everybody again, and
 * this rejects with NOT_CONVERGED and names the connections.
 */
export async function drainPool(open: OpenConsole, deadlineMs: number): Promise<Drain> {
  const pausing = await open(deadlineMs + MARGIN_MS);
  const late = Symbol("late");
  let timer: NodeJS.Timeout | undefined;
  const paused = pausing.query("pause");
  const deadline = new Promise<typeof late>((resolve) => {
    timer = setTimeout(resolve, deadlineMs, late);
  });
  try {
    if ((await Promise.race([paused, deadline])) === late) {
      paused.catch(() => undefined); // rejects when its connection is closed below
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

/** Ends a pause, if there is one, including that of a killed run. */
export async function resume(open: OpenConsole): Promise<void> {
  const console = await open();
  try {
    if (await isPaused(console)) await console.query("resume");
  } finally {
    await console.end();
  }
}

const State = z.object({ key: z.string(), value: z.string() });

/**
 * Resolves whether clients wait. RESUME is an error unless the pool is paused, and SHOW DATABASES shows only pauses of
 * single databases.
 */
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
