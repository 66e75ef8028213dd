/**
 * What the package managers of a build need to reach their registries from this network: a company's certificates,
 * proxies, and the registries that this host is set up for. It is a script that a recipe's step sources, and a build
 * secret: it may hold credentials, and nothing of it stays in the image.
 */
import type { Host } from "../host/host.ts";

type RegistryHost = Pick<Host, "env" | "which" | "run">;

/** Variables of pip and npm, handed over as this host has them. */
const VARIABLES = [
  "PIP_INDEX_URL",
  "PIP_EXTRA_INDEX_URL",
  "PIP_TRUSTED_HOST",
  "PIP_DEFAULT_TIMEOUT",
  "npm_config_registry",
  "NPM_CONFIG_REGISTRY",
] as const;

const PROXIES = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] as const;

/** GOFLAGS is left out: `-mod=vendor` and the like are meant for this host's own modules and break `go install`. */
const GO_VARIABLES = ["GOPROXY", "GONOPROXY", "GOPRIVATE", "GOSUMDB", "GONOSUMDB", "GOINSECURE"] as const;

const GO_DEADLINE_MS = 10_000;

/**
 * Joins the build secret `ca` to the certificates of the image, because most programs take one file for all. The joined
 * file is in memory (/dev/shm), which no layer keeps.
 */
const CERTIFICATES = `if [ -s /run/secrets/ca ]; then
    plumbline_ca=/dev/shm/plumbline-ca.pem
    { cat /etc/ssl/certs/ca-certificates.crt 2>/dev/null || :; cat /run/secrets/ca; } >"$plumbline_ca"
    export SSL_CERT_FILE="$plumbline_ca" PIP_CERT="$plumbline_ca" REQUESTS_CA_BUNDLE="$plumbline_ca"
    export NODE_EXTRA_CA_CERTS="$plumbline_ca" npm_config_cafile="$plumbline_ca" CARGO_HTTP_CAINFO="$plumbline_ca"
    export CURL_CA_BUNDLE="$plumbline_ca" GIT_SSL_CAINFO="$plumbline_ca"
fi
`;

/** Text of the script, for `. /run/secrets/registries` in a step that mounts it. */
export async function packageRegistries(host: RegistryHost): Promise<string> {
  const found = new Map<string, string>();
  for (const name of VARIABLES) add(found, name, host.env[name]);
  for (const name of PROXIES) {
    const value = host.env[name] ?? host.env[name.toLowerCase()];
    if (value === undefined || isThisComputer(value)) continue;
    for (const spelling of [name, name.toLowerCase()]) add(found, spelling, value);
  }
  for (const name of ["NO_PROXY", "no_proxy"]) add(found, name, host.env["NO_PROXY"] ?? host.env["no_proxy"]);
  for (const [name, value] of await goSettings(host)) add(found, name, value);
  return `${CERTIFICATES}${[...found].map(([name, value]) => `export ${name}=${quoted(value)}\n`).join("")}`;
}

/** `go env` also knows what `go env -w` has stored; without Go on this host the environment has to do. */
async function goSettings({ env, which, run }: RegistryHost): Promise<readonly (readonly [string, string])[]> {
  const given = GO_VARIABLES.map((name) => [name, env[name] ?? ""] as const);
  if ((await which("go")) === undefined) return given;
  const result = await run(["go", "env", ...GO_VARIABLES], { timeoutMs: GO_DEADLINE_MS });
  if (!result.ok) return given;
  const lines = result.stdout.split("\n");
  return GO_VARIABLES.map((name, index) => [name, lines[index]?.trim() ?? ""] as const);
}

/** A folder of this host is not there inside a build. */
function add(found: Map<string, string>, name: string, value: string | undefined): void {
  if (value !== undefined && value !== "" && !value.includes("file:")) found.set(name, value);
}

/** A proxy on the loopback address of this host is nobody inside a build container. */
function isThisComputer(proxy: string): boolean {
  return /^(?:\w+:\/\/)?(?:[^@/]*@)?(?:localhost|127\.|\[::1\])/.test(proxy);
}

function quoted(value: string): string {
  return `'${value.replaceAll("'", String.raw`'\''`)}'`;
}
