/** Errors that a person can act on: what failed, why, and how to fix it, with a code that scripts can rely on. */

/** Process exit codes. Only the command layer turns them into an exit. */
export const EXIT = {
  ok: 0,
  failed: 1,
  wrongInput: 2,
  belowBaseline: 3,
  notConverged: 4,
  needsConfirmation: 5,
  changesPending: 6,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Every error code, with its exit code and its meaning. A test compares the README's table with this one. */
export const ERROR_CODES = {
  WRONG_USAGE: { exit: EXIT.wrongInput, meaning: "an unknown flag or argument" },
  PROFILE_UNKNOWN: { exit: EXIT.wrongInput, meaning: "no profile of that name" },
  PROFILE_INVALID: { exit: EXIT.wrongInput, meaning: "the profile has mistakes, each listed with file:line:column" },
  BUDGET_IMPOSSIBLE: { exit: EXIT.wrongInput, meaning: "the services' floors do not fit the machine's memory" },
  PORT_TAKEN: { exit: EXIT.failed, meaning: "another process listens on a port that the stack publishes" },
  NO_RUNTIME: { exit: EXIT.failed, meaning: "no container engine answers and none may be installed" },
  PROVISION_FAILED: { exit: EXIT.failed, meaning: "installing or starting an engine failed" },
  ENGINE_UNREACHABLE: { exit: EXIT.failed, meaning: "the engine stopped answering" },
  ENGINE_REFUSED: { exit: EXIT.failed, meaning: "the engine answered a request with an error" },
  ENGINE_REMOTE: {
    exit: EXIT.wrongInput,
    meaning: "the engine runs on another machine, where files cannot be mounted",
  },
  COMPOSE_FAILED: { exit: EXIT.failed, meaning: "docker compose refused or failed" },
  MACHINE_FAILED: { exit: EXIT.failed, meaning: "the virtual machine could not be created, started or stopped" },
  MACHINE_IMMUTABLE: { exit: EXIT.wrongInput, meaning: "a property of the machine that cannot change after creation" },
  IMAGE_UNAVAILABLE: { exit: EXIT.failed, meaning: "no service of the profile has an image that can be had" },
  IMAGE_BUILD_FAILED: { exit: EXIT.failed, meaning: "building an image failed" },
  DISK_FULL: { exit: EXIT.failed, meaning: "no space left where images or volumes are kept" },
  VOLUME_INCOMPATIBLE: { exit: EXIT.failed, meaning: "a volume was written by another major version" },
  VOLUME_INCOMPLETE: { exit: EXIT.failed, meaning: "a volume holds files that are no complete data directory" },
  LOGIN_REFUSED: { exit: EXIT.failed, meaning: "a server refuses the stack's own login, and waiting does not help" },
  SERVICE_EXITED: { exit: EXIT.failed, meaning: "a container exited while it was waited for" },
  SERVICE_NOT_READY: { exit: EXIT.failed, meaning: "a service did not answer within its deadline" },
  PREPARE_FAILED: { exit: EXIT.failed, meaning: "a one-time step (cluster, database, role) failed" },
  NOT_CONVERGED: { exit: EXIT.notConverged, meaning: "the running stack differs from the plan, with the list" },
  NEEDS_CONFIRMATION: {
    exit: EXIT.needsConfirmation,
    meaning: "a destructive step needs --yes where nobody can answer",
  },
  ROLLBACK_FAILED: { exit: EXIT.failed, meaning: "a switch failed, and the old profile could not be put back" },
  BELOW_BASELINE: { exit: EXIT.belowBaseline, meaning: "with --guard: measured below the baseline, and put back" },
  STACK_BUSY: { exit: EXIT.failed, meaning: "another Plumbline process works on this stack" },
  SECRETS_LOST: { exit: EXIT.failed, meaning: "volumes of the stack exist and their credentials do not" },
  CERTIFICATE_UNUSABLE: {
    exit: EXIT.failed,
    meaning: "the clock is before the time at which the stack's authority was made",
  },
  STACK_DOWN: { exit: EXIT.failed, meaning: "the stack is not running" },
  FILE_NOT_OURS: { exit: EXIT.failed, meaning: "a file that Plumbline would write exists and is not its own" },
  BASELINE_INVALID: { exit: EXIT.wrongInput, meaning: "a baseline file cannot be read or cannot be true" },
  BASELINE_UNKNOWN: { exit: EXIT.wrongInput, meaning: "no baseline of that name" },
  BASELINE_NOISY: { exit: EXIT.failed, meaning: "others use the machine, so a baseline recorded now would be wide" },
  BENCH_FAILED: { exit: EXIT.failed, meaning: "a scenario failed: the service refused its requests" },
  INTERRUPTED: { exit: EXIT.interrupted, meaning: "ended by SIGINT or SIGTERM; the next run continues" },
  INTERNAL: { exit: EXIT.failed, meaning: "a defect of Plumbline; please report it with the text shown" },
} as const satisfies Readonly<Record<string, { exit: ExitCode; meaning: string }>>;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface ErrorParts {
  /** What failed, in one sentence. */
  readonly what: string;
  /** Why it failed, as far as known; may have several lines. */
  readonly why: string;
  /** What the reader can do about it. */
  readonly fix: string;
  /** Data for the JSON output: the services already changed, the log lines, the list of differences. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** The only error type that Plumbline throws on purpose. */
export class PlumblineError extends Error {
  override readonly name = "PlumblineError";
  readonly code: ErrorCode;
  readonly what: string;
  readonly why: string;
  readonly fix: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, parts: ErrorParts) {
    super(`${parts.what}: ${parts.why}`, { cause: parts.cause });
    this.code = code;
    this.what = parts.what;
    this.why = parts.why;
    this.fix = parts.fix;
    this.details = parts.details ?? {};
  }

  get exitCode(): ExitCode {
    return ERROR_CODES[this.code].exit;
  }
}

/** Returns the message of any thrown value. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && !error.message) return error.errors.map(messageOf).join("; ");
  return error instanceof Error ? error.message : String(error);
}
