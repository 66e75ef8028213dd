/** All generated files of a stack, signed, by path relative to the stack's folder. */
import type { Desired } from "../core/desire/desire.ts";
import { COMPOSE_FILE, TUNING_FILE } from "../core/stack-names.ts";
import { renderCompose } from "./compose.ts";
import { sign } from "./signature.ts";
import { renderTuningEnv } from "./tuning-env.ts";

export function renderStack(desired: Desired): ReadonlyMap<string, string> {
  const files = new Map([
    [COMPOSE_FILE, renderCompose(desired)],
    [TUNING_FILE, renderTuningEnv(desired)],
  ]);
  for (const { instances } of desired.services) {
    for (const instance of instances) {
      for (const file of instance.files) files.set(`conf/${instance.name}/${file.path}`, file.text);
    }
  }
  return new Map([...files].map(([path, text]) => [path, sign(path, text)]));
}
