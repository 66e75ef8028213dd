/** Connection URLs for a shell, for a program, and for a .env file. */
import type { Env } from "../../core/results/commands/env.ts";
import { shellQuoted } from "../../core/shell.ts";
import type { EnvDocument } from "../documents/documents.ts";

export const ENV_FORMATS = ["shell", "json", "dotenv"] as const;

export type EnvFormat = (typeof ENV_FORMATS)[number];

export function envDocumentOf(env: Env): EnvDocument {
  return { ok: true, command: "env", ...env };
}

export function envText({ variables }: Env, format: EnvFormat): string {
  const urls = Object.entries(variables);
  switch (format) {
    case "shell":
      return urls.map(([variable, url]) => `export ${variable}=${shellQuoted(url)}`).join("\n");
    case "dotenv":
      return urls.map(([variable, url]) => `${variable}=${dotenvQuoted(url)}`).join("\n");
    case "json":
      return JSON.stringify(variables, undefined, 2);
  }
}

/**
 * Quotes only if necessary, because not every reader of .env files removes them. Shells read such files too, so nothing
 * in a value may be a command. Between single quotes every reader takes a text as it is; with both kinds of quotes in
 * it, only shells and Compose agree.
 */
function dotenvQuoted(text: string): string {
  if (/^[\w:/@.%+?=,-]*$/.test(text)) return text;
  if (!/["$`\\]/.test(text)) return `"${text}"`;
  if (!text.includes("'")) return `'${text}'`;
  return `"${text.replaceAll(/["$`\\]/g, String.raw`\$&`)}"`;
}
