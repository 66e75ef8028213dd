/** Connection URLs for a shell, for a program, and for a .env file. */
import type { Env } from "../../core/results/commands/env.ts";
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

/** POSIX: nothing is special between single quotes, and a single quote ends them. */
function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** Quotes only if necessary, because not every reader of .env files removes them. */
function dotenvQuoted(text: string): string {
  return /^[\w:/@.%+~?&=,-]*$/.test(text) ? text : JSON.stringify(text);
}
