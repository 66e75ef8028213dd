/** One build of one recipe with BuildKit, driven by `docker compose build`. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { PlumblineError, messageOf } from "../core/errors.ts";
import type { PackageSource } from "../core/service/image.ts";
import type { Engine } from "../core/machine/engine.ts";
import { diskFull } from "./disk.ts";
import { readFailure } from "./failure.ts";
import type { Failure } from "./failure.ts";

export interface BuildOrder {
  readonly service: string;
  /** Folder with the Dockerfile. */
  readonly context: string;
  readonly base: string;
  readonly source: PackageSource;
  /** More options for apt in this build: "-o Acquire::Check-Valid-Until=false". */
  readonly aptOptions: string;
  readonly tag: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface BuildInput {
  readonly compose: Engine["compose"];
  readonly work: string;
  readonly caBundle?: string;
  readonly signal: AbortSignal;
  readonly detail: (line: string) => void;
}

const BUILD_DEADLINE_MS = 20 * 60_000;
/** Lines kept to find the reason of a failure in. */
const KEPT_LINES = 400;

/** BuildKit's spelling of a line that a step prints: "#8 1.234 Setting up redis-server (5:8.0.2-3) ...". */
const STEP_LINE = /^#\d+ \d+\.\d+ (Get:\d+|Unpacking|Setting up|Fetched) ?(.*)$/;

/** Builds and tags one image. Answers why it failed, or undefined; rejects with DISK_FULL, or when `signal` ends it. */
export async function build(order: BuildOrder, input: BuildInput): Promise<Failure | undefined> {
  const file = join(input.work, `${order.service}-${order.source.suite}.yaml`);
  await writeFile(file, stringify(composeFile(order, input)));
  const lines: string[] = [];
  try {
    await input.compose(
      ["--project-name", "plumbline-images", "--project-directory", input.work, "--file", file, "build", order.service],
      {
        timeoutMs: BUILD_DEADLINE_MS,
        signal: input.signal,
        line: (line) => {
          lines.push(line);
          if (lines.length > KEPT_LINES) lines.shift();
          const step = STEP_LINE.exec(line);
          if (step) input.detail(`${step[1]} ${step[2]}`.trim());
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

function composeFile(order: BuildOrder, { caBundle }: BuildInput): unknown {
  const { service, context, base, source, aptOptions, tag, labels } = order;
  const buildArguments = {
    BASE: base,
    PACKAGES: source.packages.join(" "),
    APT_OPTIONS: aptOptions,
  };
  return escaped({
    services: {
      [service]: {
        image: tag,
        build: { context, args: buildArguments, labels, ...(caBundle === undefined ? {} : { secrets: ["ca"] }) },
      },
    },
    ...(caBundle === undefined ? {} : { secrets: { ca: { file: caBundle } } }),
  });
}

/** Compose would take a dollar sign for a variable. */
function escaped(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll("$", "$$$$");
  if (Array.isArray(value)) return value.map(escaped);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, escaped(inner)]));
}

function reasonOf(error: unknown): string {
  return error instanceof PlumblineError ? error.why : messageOf(error);
}
