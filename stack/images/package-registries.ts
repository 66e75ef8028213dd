/**
 * Generates the script that configures package managers for this network during a build: a company's certificates,
 * proxies, and this host's registries. A recipe's step sources the script. It is a build secret, because it may hold
 * credentials, and the image keeps nothing of it.
 */
import type { Host } from "../host/host.ts";

type RegistryHost = Pick<Host, "env" | "which" | "run">;

/** Variables of pip and npm that are passed on from this host. */
const VARIABLES = [
  "PIP_INDEX_URL",
  "PIP_EXTRA_INDEX_URL",
  "PIP_TRUSTED_HOST",
  "PIP_DEFAULT_TIMEOUT",
  "npm_config_registry",
  "NPM_CONFIG_REGISTRY",
] as const;

const PROXIES = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] as const;

/** GOFLAGS is left out: flags such as `-mod=vendor` are meant for this host's modules and break `go install`. */
const GO_VARIABLES = ["GOPROXY", "GONOPROXY", "GOPRIVATE", "GOSUMDB", "GONOSUMDB", "GOINSECURE"] as const;

const GO_DEADLINE_MS = 10_000;

/**
 * Joins the build secret `ca` with the image's certificates, because most programs take one file for all. The joined
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

/** Returns the script, for `. /run/secrets/registries` in a step that mounts it. */
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

/** `go env` also reports values stored by `go env -w`; without Go on this host only the environment is used. */
async function goSettings({ env, which, run }: RegistryHost): Promise<readonly (readonly [string, string])[]> {
  const given = GO_VARIABLES.map((name) => [name, env[name] ?? ""] as const);
  if ((await which("go")) === undefined) return given;
  const result = await run(["go", "env", ...GO_VARIABLES], { timeoutMs: GO_DEADLINE_MS });
  if (!result.ok) return given;
  const lines = result.stdout.split("\n");
  return GO_VARIABLES.map((name, index) => [name, lines[index]?.trim() ?? ""] as const);
}

/** A path on this host does not exist inside a build. */
function add(found: Map<string, string>, name: string, value: string | undefined): void {
  if (value !== undefined && value !== "" && !value.includes("file:")) found.set(name, value);
}

/** A proxy on this host's loopback address cannot be reached from a build container. */
function isThisComputer(proxy: string): boolean {
  return /^(?:\w+:\/\/)?(?:[^@/]*@)?(?:localhost|127\.|\[::1\])/.test(proxy);
}

function quoted(value: string): string {
  return `'${value.replaceAll("'", String.raw`'\''`)}'`;
}
