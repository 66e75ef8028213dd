/** Finds the Docker engine of this computer, in the order of Docker's own client. */
import { createHash } from "node:crypto";
import { hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { PlumblineError } from "../core/errors.ts";
import type { Host } from "../host/host.ts";
import { clientFolder, parseJson } from "../host/registry-credentials.ts";

export interface Address {
  readonly address: string;
  /** Where the address comes from: "DOCKER_HOST", "Docker context desktop-linux", "socket". */
  readonly origin: string;
}

/** The parts of a host that discovery uses. */
export type AddressHost = Pick<Host, "env" | "home" | "platform" | "read" | "kind">;

const Config = z.object({ currentContext: z.string().optional() });
const Context = z.object({ Endpoints: z.object({ docker: z.object({ Host: z.string() }) }) });

/**
 * Returns the possible addresses of the engine. DOCKER_HOST decides alone; otherwise the context named by
 * DOCKER_CONTEXT or by the client's configuration; otherwise every usual socket that exists. Rejects with NO_RUNTIME if
 * the named context cannot be read.
 */
export async function engineAddresses(host: AddressHost): Promise<readonly Address[]> {
  const dockerHost = host.env["DOCKER_HOST"];
  if (dockerHost) return [{ address: dockerHost, origin: "DOCKER_HOST" }];
  const context = await currentContext(host);
  if (context) return [context];
  const found: Address[] = [];
  for (const path of usualSockets(host)) {
    const kind = await host.kind(path);
    if (kind === "socket" || kind === "link") found.push({ address: `unix://${path}`, origin: "socket" });
  }
  return found;
}

/** True if the address is on another computer, where none of this computer's files can be mounted. */
export function isRemote(address: string): boolean {
  if (address.startsWith("unix://")) return false;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url && !NETWORK.has(url.protocol) && address.includes("://")) return false; // refused later, for its protocol
  const name = url?.hostname.replace(/^\[(.*)\]$/, "$1") ?? address.replace(/^\w+:\/\//, "").split(":")[0] ?? "";
  return !(/^(localhost|127(\.\d+){3}|::1)$/.test(name) || name === hostname());
}

const NETWORK: ReadonlySet<string> = new Set(["tcp:", "http:", "https:", "ssh:"]);

async function currentContext(host: AddressHost): Promise<Address | undefined> {
  const folder = clientFolder(host);
  const named = host.env["DOCKER_CONTEXT"] || undefined; // empty counts as unset, as for the client
  const origin = named === undefined ? "currentContext" : "DOCKER_CONTEXT";
  const name = named ?? (await configuredContext(host, folder));
  if (!name || name === "default") return undefined;
  // The folder of a context is the SHA-256 of its name: docker/cli, cli/context/store.
  const id = createHash("sha256").update(name).digest("hex");
  const path = join(folder, "contexts", "meta", id, "meta.json");
  const parsed = Context.safeParse(parseJson((await host.read(path)) ?? ""));
  if (parsed.success) return { address: parsed.data.Endpoints.docker.Host, origin: `Docker context ${name}` };
  throw new PlumblineError("NO_RUNTIME", {
    what: `The Docker context ${name} cannot be used`,
    why:
      (await host.kind(path)) === "absent"
        ? `there is no Docker context ${name} (${origin})`
        : `${path} names no address (${origin})`,
    fix: CHOOSE[origin],
  });
}

/** By what chooses the context: `docker context use` has no effect while the variable is set. */
const CHOOSE = {
  DOCKER_CONTEXT: "Set DOCKER_CONTEXT to one that exists (`docker context ls`), or unset it.",
  currentContext: "Choose one that exists: `docker context ls`, then `docker context use <name>`.",
} as const;

async function configuredContext(host: AddressHost, folder: string): Promise<string | undefined> {
  const parsed = Config.safeParse(parseJson((await host.read(join(folder, "config.json"))) ?? ""));
  return parsed.success ? parsed.data.currentContext : undefined;
}

/** Sockets of distributions' packages, rootless Docker, Docker Desktop (macOS, Linux), Rancher Desktop, OrbStack. */
function usualSockets({ env, home }: AddressHost): readonly string[] {
  const runtimeFolder = env["XDG_RUNTIME_DIR"];
  return [
    "/var/run/docker.sock",
    ...(runtimeFolder ? [join(runtimeFolder, "docker.sock")] : []),
    join(home, ".docker/run/docker.sock"),
    join(home, ".docker/desktop/docker.sock"),
    join(home, ".rd/docker.sock"),
    join(home, ".orbstack/run/docker.sock"),
  ];
}
