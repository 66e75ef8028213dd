/** Compose replaces "$NAME" in texts by variables of the environment; "$$" stands for one "$". */

/** Escapes every text in `value`, so that Compose takes it literally. */
export function literal(value: unknown): unknown {
  return everyText(value, (text) => text.replaceAll("$", "$$$$"));
}

/** The inverse of `literal`, for readers that are not Compose. */
export function plain(value: unknown): unknown {
  return everyText(value, (text) => text.replaceAll("$$", "$"));
}

function everyText(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((each) => everyText(each, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, everyText(each, change)]));
}
