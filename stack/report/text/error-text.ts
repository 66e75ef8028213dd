/** An error as a person reads it: what, why, how to fix, under its code. */
import pc from "picocolors";
import type { PlumblineError } from "../../core/errors.ts";

export function errorText({ code, what, why, fix }: PlumblineError, coloured: boolean): string {
  const paint = pc.createColors(coloured);
  return [`${paint.red(paint.bold(code))}  ${what}`, `  why  ${indented(why)}`, `  fix  ${indented(fix)}`].join("\n");
}

function indented(text: string): string {
  return text.split("\n").join("\n       ");
}
