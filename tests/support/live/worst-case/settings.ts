/** A number among settings. */
import type { Setting } from "../../../../stack/core/service/setting.ts";

export function sizeOf(settings: readonly Setting[], name: string): number {
  const value = settings.find((setting) => setting.name === name)?.value;
  if (typeof value !== "number") throw new Error(`${name} is ${String(value)}, no number`);
  return value;
}
