/** The files of a stack, by path relative to its folder. */
import type { Desired } from "../core/desire/desire.ts";
import type { ConfFile } from "../core/service/service.ts";
import type { Deployer } from "../core/machine/deployer.ts";
import { TUNING_FILE } from "../core/stack-names.ts";
import { sign } from "./signature.ts";
import { renderTuningEnv } from "./tuning-env.ts";

/** Text, or the bytes of a static file. */
export type FileContent = string | Uint8Array;

/** Returns the texts that a runtime's deployer reads: `Deployer.render`. */
export type Render = Deployer["render"];

/** Returns the generated texts, signed, and the static files unchanged. */
export function renderFiles(desired: Desired, render: Render): ReadonlyMap<string, FileContent> {
  const files = new Map<string, FileContent>(renderStack(desired, render));
  for (const { path, bytes } of confFiles(desired)) if (bytes) files.set(path, bytes);
  return files;
}

/** Returns the generated texts, signed. */
export function renderStack(desired: Desired, render: Render): ReadonlyMap<string, string> {
  const files = new Map([...render(desired), [TUNING_FILE, renderTuningEnv(desired)]]);
  for (const { path, text } of confFiles(desired)) if (text !== undefined) files.set(path, text);
  return new Map([...files].map(([path, text]) => [path, sign(path, text)]));
}

function confFiles({ services }: Desired): readonly ConfFile[] {
  return services
    .flatMap(({ instances }) => instances)
    .flatMap(({ name, files }) => files.map((file) => ({ ...file, path: `conf/${name}/${file.path}` })));
}
