/** Finds out whether a server that nobody reaches listens on another port than the one it is asked on. */
import type { DesiredInstance, DesiredService } from "../core/desire/desire.ts";
import { PlumblineError } from "../core/errors.ts";
import type { Engine } from "../core/machine/engine.ts";
import type { ObservedContainer } from "../core/machine/facts.ts";
import { CONF_MOUNT } from "../core/service/service.ts";
import { fileState } from "../render/signature.ts";

/** State of a listening socket in /proc/net/tcp (include/net/tcp_states.h of Linux). */
const LISTENS = "0A";
/** 127.0.0.11, where the engine's resolver listens in every container, on a port of its choice. */
const RESOLVER = "0B00007F";
const LOOK = ["cat", "/proc/net/tcp", "/proc/net/tcp6"];
const LOOK_DEADLINE_MS = 5_000;

/** Returns the ports that `/proc/net/tcp` and `/proc/net/tcp6` show as listened on, without that of the engine's resolver. */
export function listeningPorts(text: string): ReadonlySet<number> {
  const rows = text.matchAll(/^ *\d+: ([\dA-F]+):([\dA-F]{4}) [\dA-F]+:[\dA-F]{4} ([\dA-F]{2}) /gm);
  return new Set(
    [...rows].flatMap(([, address, port = "", state]) =>
      state === LISTENS && address !== RESOLVER ? [Number.parseInt(port, 16)] : [],
    ),
  );
}

type Looks = Pick<Engine, "exec" | "readFile">;

/**
 * Resolves the error of a server that does not listen where it is asked, but elsewhere or nowhere: a conf file of a person's own says so.
 * Undefined if that is not the case, or cannot be seen. While a server starts it may listen on a port for a moment, as
 * Erlang does, so only what two looks in a row find is certain.
 */
export async function elsewhere(
  engine: Looks,
  { definition }: Pick<DesiredService, "definition">,
  { name, files }: Pick<DesiredInstance, "name" | "files">,
  container: ObservedContainer | undefined,
): Promise<PlumblineError | undefined> {
  if (container?.state !== "running") return undefined;
  const own = await ownFiles(engine, files, container);
  if (own.length === 0) return undefined;
  const wanted = definition.ports.filter(({ instance }) => instance === name).map((port) => port.container);
  const seen = await engine.exec(container.id, LOOK, { timeoutMs: LOOK_DEADLINE_MS }).catch(() => undefined);
  if (seen === undefined) return undefined;
  const listens = listeningPorts(seen.stdout);
  const missing = wanted.filter((port) => !listens.has(port));
  const others = [...listens].filter((port) => !wanted.includes(port) && !(definition.innerPorts ?? []).includes(port));
  if (missing.length === 0 || (others.length === 0 && definition.listensAtOnce !== true)) return undefined;
  const paths = own.map((path) => `conf/${name}/${path}`).join(" and ");
  const [port, given] = others.length > 0 ? [`port ${others.join(" and ")}`, "another"] : ["no port", "none"];
  return new PlumblineError("SERVICE_NOT_READY", {
    what: `${name} listens on ${port}, and is asked on ${missing.join(" and ")}`,
    why: `its ports are fixed, and ${paths}, which ${own.length === 1 ? "is" : "are"} yours, or what it includes, gives ${given}`,
    fix: "Remove that file and run `npm run up`, which writes its own and restarts the server; or take the port out of it, and run `npm run down` and `npm run up`",
    details: { instance: name, listens: others, asked: missing },
  });
}

/** Resolves the paths of the conf files that a person has taken over. */
async function ownFiles(
  engine: Looks,
  files: DesiredInstance["files"],
  { id }: ObservedContainer,
): Promise<readonly string[]> {
  const found = files.map(async ({ path, text }) => {
    const there = await engine.readFile(id, `${CONF_MOUNT}/${path}`).catch(() => undefined);
    return text !== undefined && fileState(path, there, text) === "foreign" ? [path] : [];
  });
  return (await Promise.all(found)).flat();
}
