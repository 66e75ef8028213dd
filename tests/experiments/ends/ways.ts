/** The ways in which a command is ended from outside. */
import { setTimeout as sleep } from "node:timers/promises";
import { familyOf, isCommand, isNpm, send } from "./family.ts";
import type { RunningCommand } from "./running.ts";

interface Way {
  /** Where the command runs. */
  readonly on: "pipe" | "terminal";
  readonly end: (running: RunningCommand, mark: string) => Promise<void>;
}

const CTRL_C = "\u0003";
/** Stops the output of a terminal, and lets it go on. */
const CTRL_S = "\u0013";
const CTRL_Q = "\u0011";
/** In this time a command writes something, if only a frame of its live line. */
const HELD_MS = 1_000;
const POLL_MS = 50;

export const WAY_NAMES = [
  "ctrl-c",
  "term npm",
  "term node",
  "hangup",
  "closed pipe",
  "hup npm",
  "kill npm",
  "ctrl-c twice",
  "suspended",
  "unread pipe",
  "tty ctrl-c",
  "tty term",
  "tty closed",
  "tty stopped",
] as const;
/** Tried in every phase. */
export const USUAL_WAYS: readonly WayName[] = [
  "ctrl-c",
  "term npm",
  "term node",
  "hangup",
  "closed pipe",
  "tty ctrl-c",
  "tty closed",
];
/** On a real stack a row takes ten seconds. */
export const LIVE_WAYS: readonly WayName[] = [
  "ctrl-c",
  "term npm",
  "closed pipe",
  "suspended",
  "unread pipe",
  "tty closed",
  "tty stopped",
];
export type WayName = (typeof WAY_NAMES)[number];

export const WAYS: Readonly<Record<WayName, Way>> = {
  "ctrl-c": way("pipe", toGroup("SIGINT")),
  "term npm": way("pipe", (_, mark) => toMember(mark, isNpm, "SIGTERM")),
  "term node": way("pipe", (_, mark) => toMember(mark, isCommand, "SIGTERM")),
  hangup: way("pipe", toGroup("SIGHUP")),
  "closed pipe": way("pipe", ({ toReader }) => toReader("SIGKILL")),
  "hup npm": way("pipe", (_, mark) => toMember(mark, isNpm, "SIGHUP")),
  "kill npm": way("pipe", (_, mark) => toMember(mark, isNpm, "SIGKILL")),
  "ctrl-c twice": way("pipe", twice(toGroup("SIGINT"))),
  suspended: way("pipe", suspended),
  "unread pipe": way("pipe", unread),
  "tty ctrl-c": way("terminal", typed),
  "tty term": way("terminal", (_, mark) => toMember(mark, isCommand, "SIGTERM")),
  "tty closed": way("terminal", async ({ leader }) => void leader.kill("SIGKILL")),
  "tty stopped": way("terminal", stopped),
};

function way(on: Way["on"], end: Way["end"]): Way {
  return { on, end };
}

/** As a terminal does it: to every process of the pipeline. */
function toGroup(signal: NodeJS.Signals): Way["end"] {
  return async ({ leader: { pid } }) => {
    if (pid !== undefined) send(-pid, signal);
  };
}

/** Within a second it counts as the first press once more, which npm passes on. */
const SECOND_PRESS_MS = 1_200;

function twice(end: Way["end"]): Way["end"] {
  return async (running, mark) => {
    await end(running, mark);
    await sleep(SECOND_PRESS_MS);
    await end(running, mark);
  };
}

/** The terminal's driver makes the signal of it, or the prompt reads it as a key. */
async function typed({ leader }: RunningCommand): Promise<void> {
  leader.stdin?.write(CTRL_C);
}

/** Ctrl-Z, and Ctrl-C once it goes on: its clocks have jumped. */
async function suspended(running: RunningCommand, mark: string): Promise<void> {
  await toGroup("SIGTSTP")(running, mark);
  await sleep(HELD_MS);
  await toGroup("SIGCONT")(running, mark);
  await toGroup("SIGINT")(running, mark);
}

/** The reader reads on once the command is gone, so that the rest of the pipeline ends too. */
async function unread({ toReader }: RunningCommand, mark: string): Promise<void> {
  await toReader("SIGSTOP");
  await sleep(HELD_MS);
  // A short command has ended by itself meanwhile.
  for (const { pid } of (await familyOf(mark)).filter(isCommand)) send(pid, "SIGTERM");
  void commandGone(mark).then(() => toReader("SIGCONT").catch(() => undefined));
}

/** The terminal goes on once the command is gone: npm has something to say then, and waits in its write. */
async function stopped({ leader }: RunningCommand, mark: string): Promise<void> {
  leader.stdin?.write(CTRL_S);
  await sleep(HELD_MS);
  await toMember(mark, isCommand, "SIGTERM");
  void commandGone(mark).then(() => leader.stdin?.write(CTRL_Q));
}

/** Also resolves once whoever measures it has killed it. */
async function commandGone(mark: string): Promise<void> {
  while ((await familyOf(mark)).some(isCommand)) await sleep(POLL_MS);
}

async function toMember(mark: string, is: typeof isNpm, signal: NodeJS.Signals): Promise<void> {
  const member = (await familyOf(mark)).find(is);
  if (member === undefined) throw new Error("there is no such process");
  send(member.pid, signal);
}
