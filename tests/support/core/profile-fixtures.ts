import { z } from "zod";
import type { ProfileSource } from "../../../stack/core/profile/document.ts";
import { formatProblem } from "../../../stack/core/profile/problem.ts";
import type { ProfileService } from "../../../stack/core/profile/schema.ts";
import { parseProfile } from "../../../stack/core/profile/profile.ts";
import type { ParsedProfile } from "../../../stack/core/profile/profile.ts";

/** Services that only these tests know: core names none. */
export const SERVICES: readonly ProfileService[] = [
  {
    name: "store",
    title: "A store",
    requires: [],
    options: z
      .strictObject({
        nodes: z.literal([1, 3, 4], { error: "1, 3 or 4: two nodes have no majority" }).default(3),
        mode: z.enum(["none", "log"]).default("none"),
        ratio: z.number().gt(0).lt(1).default(0.5),
      })
      .refine(({ nodes, mode }) => nodes > 1 || mode === "none", { path: ["mode"], error: '"none" with one node' }),
  },
  { name: "pool", title: "A pool", requires: ["store"], options: z.strictObject({}) },
  { name: "queue", title: "A queue", requires: [], options: z.strictObject({}) },
];

export const RUNTIMES = ["colima", "engine"];

export function source(name: string, text: string): ProfileSource {
  return { name, file: `profiles/${name}.yaml`, text };
}

/** Parses the first file; the others are the project's profiles. */
export function parse(texts: Readonly<Record<string, string>>): ParsedProfile {
  const library = Object.entries(texts).map(([name, text]) => source(name, text));
  const [wanted] = library;
  if (wanted === undefined) throw new Error("no file");
  return parseProfile({ wanted, library }, SERVICES, RUNTIMES);
}

/** The problems as they are printed; [] for a good profile. */
export function problemsOf(texts: Readonly<Record<string, string>>): readonly string[] {
  const parsed = parse(texts);
  return "problems" in parsed ? parsed.problems.map(formatProblem) : [];
}

export function profileOf(texts: Readonly<Record<string, string>>) {
  const parsed = parse(texts);
  if ("problems" in parsed) throw new Error(parsed.problems.map(formatProblem).join("\n"));
  return parsed;
}
