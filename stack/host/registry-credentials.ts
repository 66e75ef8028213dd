/**
 * Logins for image registries, as Docker's own clients keep them: in the client's configuration or in a credential
 * helper. Sources: docker/cli, cli/config (the file and its order), and docker/docker-credential-helpers (the protocol).
 */
import { join } from "node:path";
import { z } from "zod";
import type { Host } from "./host.ts";

/** What the engine's API takes in `X-Registry-Auth`. */
export interface RegistryCredentials {
  readonly serveraddress: string;
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
}

/** `problem` says why a login that should be there could not be read. Neither, if nobody logged in. */
export interface FoundCredentials {
  readonly credentials?: RegistryCredentials;
  readonly problem?: string;
}

/** `registry` as in a reference, "127.0.0.1:5000"; "" for the engine's default. Never rejects. */
export type CredentialsOf = (registry: string) => Promise<FoundCredentials>;

type CredentialHost = Pick<Host, "env" | "home" | "read" | "run">;

/** The key under which `docker login` without an address keeps its login. */
const DEFAULT_SERVER = "https://index.docker.io/v1/";
/** A keychain may ask a person to unlock it. */
const HELPER_DEADLINE_MS = 30_000;
/** From SIGTERM to SIGKILL: a helper that only reads has nothing to put in order. */
const HELPER_GRACE_MS = 500;

const Login = z.object({
  auth: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  identitytoken: z.string().optional(),
});
const Config = z.object({
  auths: z.record(z.string(), Login).optional(),
  credsStore: z.string().optional(),
  credHelpers: z.record(z.string(), z.string()).optional(),
});
const Answer = z.object({ Username: z.string(), Secret: z.string() });

/** Reads each registry's login once: a helper takes a tenth of a second. */
export function registryCredentials(host: CredentialHost): CredentialsOf {
  const known = new Map<string, Promise<FoundCredentials>>();
  return (registry) => {
    const found = known.get(registry) ?? find(host, registry === "" ? DEFAULT_SERVER : registry);
    known.set(registry, found);
    return found;
  };
}

/** Returns the folder of the Docker client's configuration. */
export function clientFolder({ env, home }: Pick<Host, "env" | "home">): string {
  return env["DOCKER_CONFIG"] ?? join(home, ".docker");
}

async function find(host: CredentialHost, server: string): Promise<FoundCredentials> {
  const given = host.env["DOCKER_AUTH_CONFIG"];
  const fromVariable = given ? parsed(given) : {};
  if (fromVariable === undefined) return { problem: "DOCKER_AUTH_CONFIG is no configuration in JSON" };
  const inVariable = inFile(fromVariable, server);
  if (inVariable) return { credentials: inVariable };
  const path = join(clientFolder(host), "config.json");
  const text = await host.read(path).catch(() => undefined);
  if (text === undefined) return {};
  const config = parsed(text);
  if (config === undefined) return { problem: `${path} is no configuration of the Docker client` };
  const helper = Object.entries(config.credHelpers ?? {}).find(([key]) => isSame(key, server))?.[1];
  const program = helper ?? config.credsStore;
  if (program) {
    const answered = await ask(host, program, server);
    if (answered.credentials ?? answered.problem) return answered;
  }
  const credentials = inFile(config, server);
  return credentials ? { credentials } : {};
}

function parsed(text: string): z.infer<typeof Config> | undefined {
  return Config.safeParse(parseJson(text)).data;
}

function inFile({ auths = {} }: z.infer<typeof Config>, server: string): RegistryCredentials | undefined {
  const login = Object.entries(auths).find(([key]) => isSame(key, server))?.[1];
  if (login === undefined) return undefined;
  if (login.identitytoken) return { serveraddress: server, identitytoken: login.identitytoken };
  const [username = "", ...rest] = login.auth ? Buffer.from(login.auth, "base64").toString().split(":") : [];
  const [name, password] = login.auth ? [username, rest.join(":")] : [login.username, login.password];
  return name && password ? { serveraddress: server, username: name, password } : undefined;
}

/** Keys may have a scheme and a path: "https://registry.example/v1/" is "registry.example". */
function isSame(key: string, server: string): boolean {
  return bare(key) === bare(server);
}

const DEFAULT_NAMES: ReadonlySet<string> = new Set(["docker.io", "registry-1.docker.io", "index.docker.io"]);

function bare(key: string): string {
  const name = key.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
  return DEFAULT_NAMES.has(name) ? "docker.io" : name;
}

/** A helper says in words that it has no login; that is no problem. */
async function ask(host: CredentialHost, helper: string, server: string): Promise<FoundCredentials> {
  const program = `docker-credential-${helper}`;
  const limits = { timeoutMs: HELPER_DEADLINE_MS, graceMs: HELPER_GRACE_MS };
  const result = await host.run([program, "get"], { input: `${server}\n`, ...limits });
  if (result.ended === "absent") return { problem: `${program}, which has the login, is not installed` };
  if (!result.ok) {
    const said = `${result.stdout}${result.stderr}`.trim();
    return /credentials not found/i.test(said) ? {} : { problem: `${program} failed: ${said || result.ended}` };
  }
  const answer = Answer.safeParse(parseJson(result.stdout));
  if (!answer.success) return { problem: `${program} gave no login in JSON` };
  const { Username: username, Secret: secret } = answer.data;
  if (username === "" && secret === "") return {};
  return {
    credentials:
      username === "<token>"
        ? { serveraddress: server, identitytoken: secret }
        : { serveraddress: server, username, password: secret },
  };
}

/** Returns undefined if the text is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
