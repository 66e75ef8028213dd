/** An error as a person reads it: what, why, how to fix, under its code. */
import pc from "picocolors";
import type { PlumblineError } from "../../core/errors.ts";
import { cutLines, printable } from "../../core/printable.ts";
import { redacted } from "../../core/userinfo.ts";

export function errorText({ code, what, why, fix }: PlumblineError, coloured: boolean): string {
  const paint = pc.createColors(coloured);
  const head = `${paint.red(paint.bold(code))}  ${shown(what)}`;
  return [head, `  why  ${indented(why)}`, `  fix  ${indented(fix)}`].join("\n");
}

function indented(text: string): string {
  return shown(text).split("\n").join("\n       ");
}

/** Errors quote what servers, tools and files say, which may be addresses with credentials. */
function shown(text: string): string {
  return printable(redacted(cutLines(text)));
}
