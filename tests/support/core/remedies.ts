/** What errors and findings tell a person to do: the texts of remedies in the sources. */
import { parseAst } from "vitest/node";
import { sourcesOf } from "./sources.ts";

export interface Remedy {
  /** From the project's root. */
  readonly path: string;
  /** Its literal parts, "…" for each value in between. */
  readonly text: string;
}

/** Names of the properties, variables and functions that hold or make a remedy. */
const HOLDERS = /^(fix|remedy|move|hint)$|(Fix|Remedy|Hint)(Of|For)?$|^(fix|remedy|hint)[A-Z]/;
/** Findings of `doctor` take their remedy as the third argument. */
const FINDINGS = /^(warning|problem)$/;

/** A command that destroys is part of a remedy wherever it is put together. */
const COMMAND = /npm run destroy|docker (volume |container )?rm\b|\bprune\b/;

/** Every remedy in the sources of these folders, in the order of the files. */
export function remediesOf(folders: readonly string[]): readonly Remedy[] {
  return sourcesOf(folders, [".ts", ".mjs"]).flatMap(({ path, text }) =>
    remediesIn(text, path.endsWith(".ts") ? "ts" : "js").map((remedy) => ({ path, text: remedy })),
  );
}

export function remediesIn(code: string, lang: "ts" | "js" = "ts"): readonly string[] {
  const found: string[] = [];
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) return node.forEach(visit);
    if (!isNode(node)) return;
    const held = isText(node) && COMMAND.test(textOf(node)) ? [node] : heldBy(node);
    if (held.length === 0) return Object.values(node).forEach(visit);
    found.push(...held.map(textOf).filter((text) => text !== ""));
  };
  visit(parseAst(code, { lang }));
  return found;
}

type Node = Readonly<Record<string, unknown>> & { readonly type: string };

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

function isText({ type }: Node): boolean {
  return type === "Literal" || type === "TemplateLiteral";
}

/** Returns the parts of this node that are a remedy. */
function heldBy(node: Node): readonly unknown[] {
  switch (node.type) {
    case "Property":
      return HOLDERS.test(nameOf(node["key"])) ? [node["value"]] : [];
    case "VariableDeclarator":
      return HOLDERS.test(nameOf(node["id"])) ? [node["init"]] : [];
    case "FunctionDeclaration":
      return HOLDERS.test(nameOf(node["id"])) ? [node["body"]] : [];
    case "CallExpression":
      return FINDINGS.test(nameOf(node["callee"])) && Array.isArray(node["arguments"])
        ? node["arguments"].slice(2)
        : [];
    default:
      return [];
  }
}

function nameOf(node: unknown): string {
  return isNode(node) && typeof node["name"] === "string" ? node["name"] : "";
}

function textOf(node: unknown): string {
  if (Array.isArray(node))
    return node
      .map(textOf)
      .filter((text) => text !== "")
      .join(" ");
  if (!isNode(node)) return "";
  if (node.type === "Literal") return typeof node["value"] === "string" ? node["value"] : "";
  if (node.type === "TemplateLiteral" && Array.isArray(node["quasis"])) {
    const inner = textOf(node["expressions"]);
    return [node["quasis"].map(cooked).join("…"), inner].filter((text) => text !== "").join(" ");
  }
  return Object.values(node)
    .map(textOf)
    .filter((text) => text !== "")
    .join(" ");
}

function cooked(quasi: unknown): string {
  if (!isNode(quasi)) return "";
  const { value } = quasi;
  return typeof value === "object" && value !== null && "cooked" in value ? String(value.cooked) : "";
}
