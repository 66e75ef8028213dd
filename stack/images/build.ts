/** One build of one recipe with BuildKit, through `docker compose build`. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PlumblineError, messageOf } from "../core/errors.ts";
import type { BuildSource } from "../core/service/image.ts";
import type { Compose } from "../docker/compose.ts";
import { redacted } from "../core/userinfo.ts";
import { literal } from "../render/interpolation.ts";
import { composeYaml } from "../render/yaml.ts";
import { copyContext } from "./context.ts";
import { diskFull } from "./disk.ts";
import { readFailure } from "./failure.ts";
import type { Failure } from "./failure.ts";

export interface BuildOrder {
  readonly service: string;
  /** The folder with the Dockerfile. */
  readonly context: string;
  readonly source: BuildSource;
  /** Reference of the base image. */
  readonly base: string;
  /** Reference of the build stage's base image, if the recipe has a build stage. */
  readonly tools?: string;
  /** Additional apt options for this build: "-o Acquire::Check-Valid-Until=false". */
  readonly aptOptions: string;
  readonly tag: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface BuildInput {
  /** Compose is a front end of BuildKit here, whatever deploys the stack. */
  readonly compose: Pick<Compose, "run">;
  readonly work: string;
  readonly caBundle?: string;
  /** The script that configures package managers for this network: `packageRegistries`. */
  readonly registries: string;
  /** apt's file of logins for the mirrors; empty if they want none. */
  readonly aptAuth: string;
  readonly signal: AbortSignal;
  readonly detail: (line: string) => void;
}

const BUILD_DEADLINE_MS = 20 * 60_000;
/** Lines kept for finding the reason of a failure. */
const KEPT_LINES = 400;

/** BuildKit's format of a line printed by a step: "#8 1.234 Setting up redis-server (5:8.0.2-3) ...". */
const STEP_LINE = /^#\d+ \d+\.\d+ (Get:\d+|Unpacking|Setting up|Fetched) ?(.*)$/;

/** Builds and tags one image. Resolves to the failure, or undefined. Rejects with DISK_FULL, or when `signal` fires. */
export async function build(order: BuildOrder, input: BuildInput): Promise<Failure | undefined> {
  const file = await prepare(order, input);
  const lines: string[] = [];
  try {
    await input.compose.run(
      ["--project-name", "plumbline-images", "--project-directory", input.work, "--file", file, "build", order.service],
      {
        timeoutMs: BUILD_DEADLINE_MS,
        signal: input.signal,
        line: (line) => {
          lines.push(line);
          if (lines.length > KEPT_LINES) lines.shift();
          const step = STEP_LINE.exec(line);
          if (step) input.detail(redacted(`${step[1]} ${step[2]}`.trim()));
        },
      },
    );
    return undefined;
  } catch (error) {
    input.signal.throwIfAborted();
    const failure = readFailure(lines.length > 0 ? lines.join("\n") : reasonOf(error));
    if (failure.kind === "disk-full")
      throw diskFull(`Could not build the image of ${order.service}`, failure.reason, error);
    if (error instanceof PlumblineError && error.code === "DISK_FULL") throw error;
    return failure;
  }
}

/** Writes the build's input: a copy of its folder, the secrets, and the compose file that names them. */
async function prepare(order: BuildOrder, { work, caBundle, registries, aptAuth }: BuildInput): Promise<string> {
  const name = order.tag.replaceAll(/[/:]/g, "-");
  const context = join(work, name);
  await copyContext(order.context, context);
  const registriesFile = join(work, `${name}.sh`);
  await writeFile(registriesFile, registries, { mode: 0o600 });
  const authFile = join(work, `${name}.auth`);
  if (aptAuth !== "") await writeFile(authFile, aptAuth, { mode: 0o600 });
  const secrets = {
    ...(caBundle === undefined ? {} : { ca: caBundle }),
    ...(aptAuth === "" ? {} : { "apt-auth": authFile }),
    registries: registriesFile,
  };
  const file = join(work, `${name}.yaml`);
  await writeFile(file, composeYaml(composeFile({ ...order, context }, secrets)), { mode: 0o644 });
  return file;
}

/** `secrets`: paths on this host, by the name under which a step mounts them. */
function composeFile(order: BuildOrder, secrets: Readonly<Record<string, string>>): unknown {
  const { service, context, tag, labels } = order;
  const build = { context, args: argumentsOf(order), labels, secrets: Object.keys(secrets) };
  return literal({
    services: { [service]: { image: tag, build } },
    secrets: Object.fromEntries(Object.entries(secrets).map(([name, file]) => [name, { file }])),
  });
}

function argumentsOf({ source, base, tools, aptOptions }: BuildOrder): Readonly<Record<string, string>> {
  const common = { BASE: base, APT_OPTIONS: aptOptions };
  switch (source.kind) {
    case "packages":
      return { ...common, PACKAGES: source.packages.join(" ") };
    case "folder":
      return { ...source.args, ...common, ...(tools === undefined ? {} : { TOOLS: tools }) };
  }
}

function reasonOf(error: unknown): string {
  return error instanceof PlumblineError ? error.why : messageOf(error);
}
