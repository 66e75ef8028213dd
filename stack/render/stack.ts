/** The files of a stack, by path relative to its folder. */
import type { Desired } from "../core/desire/desire.ts";
import type { ConfFile } from "../core/service/service.ts";
import { COMPOSE_FILE, TUNING_FILE } from "../core/stack-names.ts";
import { renderCompose } from "./compose.ts";
import { sign } from "./signature.ts";
import { renderTuningEnv } from "./tuning-env.ts";

/** Text, or the bytes of a static file. */
export type FileContent = string | Uint8Array;

/** The generated texts, signed, and the static files as they are. */
export function renderFiles(desired: Desired): ReadonlyMap<string, FileContent> {
  const files = new Map<string, FileContent>(renderStack(desired));
  for (const { path, bytes } of confFiles(desired)) if (bytes) files.set(path, bytes);
  return files;
}

/** The generated texts, signed. */
export function renderStack(desired: Desired): ReadonlyMap<string, string> {
  const files = new Map([
    [COMPOSE_FILE, renderCompose(desired)],
    [TUNING_FILE, renderTuningEnv(desired)],
  ]);
  for (const { path, text } of confFiles(desired)) if (text !== undefined) files.set(path, text);
  return new Map([...files].map(([path, text]) => [path, sign(path, text)]));
}

function confFiles({ services }: Desired): readonly ConfFile[] {
  return services
    .flatMap(({ instances }) => instances)
    .flatMap(({ name, files }) => files.map((file) => ({ ...file, path: `conf/${name}/${file.path}` })));
}
