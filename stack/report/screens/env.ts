/** Connection URLs for a shell, for a program, and for a .env file. */
import type { EnvDocument } from "../documents/documents.ts";

export const ENV_FORMATS = ["shell", "json", "dotenv"] as const;

export type EnvFormat = (typeof ENV_FORMATS)[number];

export interface EnvReport {
  readonly stack: string;
  readonly profile: string;
  readonly urls: readonly { readonly variable: string; readonly url: string }[];
}

export function envDocumentOf({ stack, profile, urls }: EnvReport): EnvDocument {
  return { ok: true, command: "env", stack, profile, variables: variablesOf(urls) };
}

export function envText({ urls }: EnvReport, format: EnvFormat): string {
  switch (format) {
    case "shell":
      return urls.map(({ variable, url }) => `export ${variable}=${shellQuoted(url)}`).join("\n");
    case "dotenv":
      return urls.map(({ variable, url }) => `${variable}=${dotenvQuoted(url)}`).join("\n");
    case "json":
      return JSON.stringify(variablesOf(urls), undefined, 2);
  }
}

function variablesOf(urls: EnvReport["urls"]): Record<string, string> {
  return Object.fromEntries(urls.map(({ variable, url }) => [variable, url]));
}

/** POSIX: nothing is special between single quotes, and a single quote ends them. */
function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** Not every reader of .env files takes quotes off, so there are none where none is needed. */
function dotenvQuoted(text: string): string {
  return /^[\w:/@.%+~?&=,-]*$/.test(text) ? text : JSON.stringify(text);
}
