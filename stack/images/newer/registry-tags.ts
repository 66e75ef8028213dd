/**
 * The tags that a registry has of one image. Source: OCI Distribution Specification 1.1, "Listing Tags"; Docker's
 * documentation of registry authentication (bearer tokens).
 */
import { z } from "zod";
import { messageOf } from "../../core/errors.ts";
import { registryOf, repositoryOf } from "../../core/service/reference.ts";
import type { RegistryCredentials } from "../../host/registry-credentials.ts";

export type TagList =
  | { readonly ok: true; readonly tags: readonly string[] }
  | { readonly ok: false; readonly reason: string };

/** The engine's default registry has another name for its API. */
const HUB_API = "registry-1.docker.io";
const ANSWER_DEADLINE_MS = 15_000;
const PAGE = 1000;
/** A registry that goes on for ever is asked no further. */
const MOST_PAGES = 50;

const Page = z.object({ tags: z.array(z.string()).nullable() });
const Token = z.object({ token: z.string().optional(), access_token: z.string().optional() });

/** Asks this computer's network, and not the engine's, because engines do not list tags. Rejects when `signal` fires. */
export async function registryTags(
  reference: string,
  credentials: RegistryCredentials | undefined,
  signal: AbortSignal,
): Promise<TagList> {
  const { api, path } = placeOf(reference);
  const tags: string[] = [];
  let authorization: string | undefined;
  let url: URL | undefined = new URL(`${api}/v2/${path}/tags/list?n=${PAGE}`);
  try {
    for (let page = 0; url !== undefined && page < MOST_PAGES; page += 1) {
      let response = await get(url, authorization, signal);
      if (response.status === 401 && authorization === undefined) {
        await response.body?.cancel();
        authorization = await authorizationFor(response.headers.get("www-authenticate") ?? "", credentials, signal);
        response = await get(url, authorization, signal);
      }
      if (!response.ok) return { ok: false, reason: `${url.host} answers ${response.status} for the tags of ${path}` };
      tags.push(...(Page.parse(await response.json()).tags ?? []));
      url = nextOf(response.headers.get("link"), url);
    }
    return { ok: true, tags };
  } catch (error) {
    signal.throwIfAborted();
    return { ok: false, reason: `${new URL(api).host} does not list its tags: ${reasonOf(error)}` };
  }
}

function placeOf(reference: string): { readonly api: string; readonly path: string } {
  const registry = registryOf(reference);
  const repository = repositoryOf(reference);
  const isHub = registry === "" || registry === "docker.io";
  const path = registry === "" ? repository : repository.slice(registry.length + 1);
  if (isHub) return { api: `https://${HUB_API}`, path: path.includes("/") ? path : `library/${path}` };
  // As engines do it: a registry of this computer speaks without TLS.
  const isLocal = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/.test(registry);
  return { api: `${isLocal ? "http" : "https"}://${registry}`, path };
}

function get(url: URL, authorization: string | undefined, signal: AbortSignal): Promise<Response> {
  const headers = authorization === undefined ? {} : { authorization };
  return fetch(url, { headers, signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_DEADLINE_MS)]) });
}

/** Returns the header for the second request: the login itself, or a token that is given for it. */
async function authorizationFor(
  challenge: string,
  credentials: RegistryCredentials | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { username, password } = credentials ?? {};
  const login =
    username === undefined || password === undefined
      ? undefined
      : `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  if (!/^Bearer /i.test(challenge)) return login;
  const part = (name: string) => new RegExp(`${name}="([^"]*)"`, "i").exec(challenge)?.[1];
  const url = new URL(part("realm") ?? "");
  for (const name of ["service", "scope"]) {
    const value = part(name);
    if (value !== undefined) url.searchParams.set(name, value);
  }
  const response = await get(url, login, signal);
  if (!response.ok) throw new Error(`${url.host} answers ${response.status} and gives no token`);
  const { token, access_token: accessToken } = Token.parse(await response.json());
  return `Bearer ${token ?? accessToken ?? ""}`;
}

/** `Link: </v2/library/postgres/tags/list?last=…&n=1000>; rel="next"` */
function nextOf(link: string | null, from: URL): URL | undefined {
  const next = /<([^>]+)>\s*;\s*rel="?next"?/.exec(link ?? "")?.[1];
  return next === undefined ? undefined : new URL(next, from);
}

/** `fetch` keeps the reason in the cause. */
function reasonOf(error: unknown): string {
  return error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error);
}
