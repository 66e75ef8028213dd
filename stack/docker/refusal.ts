/** Converts an engine's error to one that says what to do, depending on the object of the request. */
import { PlumblineError, messageOf } from "../core/errors.ts";
import type { ErrorCode } from "../core/errors.ts";
import { cutLine } from "../core/printable.ts";

/** The object of a request: the same status means different things for a container and for an image. */
export type Subject = "engine" | "container" | "image" | "volume" | "network";

export interface Circumstances {
  readonly subject: Subject;
  /** Completes the sentence "Could not …". */
  readonly what: string;
  readonly address: string;
  readonly deadlineMs: number;
  readonly late: boolean;
}

/** Returns the error to throw for `error`; a PlumblineError is returned unchanged. */
export function engineError(error: unknown, circumstances: Circumstances): unknown {
  if (error instanceof PlumblineError) return error;
  const { subject, what, address, deadlineMs, late } = circumstances;
  if (late) return unreachable(address, what, `no answer within ${deadlineMs / 1000} s`, error, { late: true });
  if (CONNECTION_ERRORS.has(codeOf(error))) return unreachable(address, what, connectionReason(error), error);
  const why = cutLine(messageOf(error).replace(/\s+/g, " ").trim());
  const status = statusOf(error);
  const { code, fix } = meaningOf(subject, status, why);
  const details = status === undefined ? {} : { details: { status } };
  return new PlumblineError(code, { what: `Could not ${what}`, why, fix, ...details, cause: error });
}

/** `details.late` distinguishes an engine that is slow from one that is gone. */
export function unreachable(
  address: string,
  what: string,
  why: string,
  cause?: unknown,
  details: { readonly late?: true } = {},
): PlumblineError {
  const fix = why.includes("EACCES")
    ? "Let your user reach the socket: `sudo usermod -aG docker $USER`, then log in again."
    : "See whether the engine runs (`docker version`), start it, then run the same command again: it continues.";
  return new PlumblineError("ENGINE_UNREACHABLE", {
    what: `Could not ${what}`,
    why: `${address}: ${why}`,
    fix,
    details,
    cause,
  });
}

/** True for the engine's error "404 no such …". */
export function isNotFound(error: unknown): boolean {
  return statusOf(error) === 404;
}

/** True for the engine's error "409 conflict": another operation on the container is in progress. */
export function isConflict(error: unknown): boolean {
  return statusOf(error) === 409;
}

/** True for the engine's status "304 not modified": the container already has the wanted state. */
export function isNotModified(error: unknown): boolean {
  return statusOf(error) === 304;
}

interface Meaning {
  readonly code: ErrorCode;
  readonly fix: string;
}

function meaningOf(subject: Subject, status: number | undefined, why: string): Meaning {
  if (/no space left on device/i.test(why)) {
    return {
      code: "DISK_FULL",
      fix: "Make room where the engine keeps its data: `docker system df` shows what takes it.",
    };
  }
  if (status === 404) return absent(subject);
  if (status === 409) return conflict(subject, why);
  return refused("Look into the log of the engine (`journalctl -u docker`), then run the same command again.");
}

/**
 * In Docker's API, 404 means that the container, image, volume or network is absent; for `POST /containers/create`, the
 * image.
 */
function absent(subject: Subject): Meaning {
  switch (subject) {
    case "container":
      return {
        code: "SERVICE_EXITED",
        fix: "See what runs with `npm run status`, and bring the stack up again with `npm run up`.",
      };
    case "image":
      return { code: "IMAGE_UNAVAILABLE", fix: "Run `npm run up`: it obtains the image again." };
    case "volume":
    case "network":
      return refused(`The ${subject} is gone. Run the same command again: it looks anew.`);
    case "engine":
      return refused("The engine does not know this request: it may be too old. Docker 20.10 and newer do.");
  }
}

/** 409: the object's state does not allow the request, or a name is taken. Only the text distinguishes them. */
function conflict(subject: Subject, why: string): Meaning {
  if (/name .*is already in use/i.test(why)) {
    return refused("Remove or rename what has that name: `docker ps --all` shows containers that do not run as well.");
  }
  switch (subject) {
    case "container":
      if (/removal of container|marked for removal|already in progress/i.test(why))
        return refused("It is being removed. Run the same command again.");
      return { code: "SERVICE_EXITED", fix: "See what runs with `npm run status`; `npm run up` starts it again." };
    case "image":
      return refused("A container is made from the image: `docker ps --all` shows it.");
    case "volume":
      return refused("A container uses the volume: `docker ps --all --filter volume=<name>` shows it.");
    case "network":
      return refused("A container is on the network: `docker network inspect <name>` shows it.");
    case "engine":
      return refused("Run the same command again.");
  }
}

function refused(fix: string): Meaning {
  return { code: "ENGINE_REFUSED", fix };
}

const CONNECTION_ERRORS: ReadonlySet<unknown> = new Set(
  "ECONNREFUSED ECONNRESET ENOENT EPIPE EACCES ENOTSOCK ENOTDIR ENOTFOUND EAI_AGAIN EHOSTUNREACH ENETUNREACH ETIMEDOUT"
    .split(" ")
    .concat("ERR_STREAM_PREMATURE_CLOSE"),
);

function connectionReason(error: unknown): string {
  if (codeOf(error) === "ENOENT") return "ENOENT: there is no such socket";
  if (codeOf(error) === "ECONNRESET") return "ECONNRESET: the engine closed the connection";
  return messageOf(error) || String(codeOf(error));
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

function statusOf(error: unknown): number | undefined {
  const status = error instanceof PlumblineError ? error.details["status"] : fieldOf(error);
  return typeof status === "number" ? status : undefined;
}

/** docker-modem stores the HTTP status in this field. */
function fieldOf(error: unknown): unknown {
  return error instanceof Error && "statusCode" in error ? error.statusCode : undefined;
}

const REGISTRY_REFUSAL = new RegExp(
  [
    "unauthorized",
    "no basic auth credentials",
    "authentication required",
    "insufficient_scope",
    "access to the resource is denied",
    "incorrect username or password",
    "toomanyrequests",
    "too many requests",
    "pull rate limit",
  ].join("|"),
  "i",
);

/** Returns whether an engine's message says that a registry wants a login, another one, or fewer requests without one. */
export function isRegistryRefusal(reason: string): boolean {
  return REGISTRY_REFUSAL.test(reason);
}
