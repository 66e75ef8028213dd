import { z } from "zod";
import type { ProfileSource } from "../../../stack/core/profile/document.ts";
import { formatProblem } from "../../../stack/core/profile/problem.ts";
import type { ProfileService } from "../../../stack/core/profile/schema.ts";
import type { Wirable } from "../../../stack/core/service/wiring.ts";
import { parseProfile } from "../../../stack/core/profile/profile.ts";
import type { ParsedProfile } from "../../../stack/core/profile/profile.ts";

interface Parts<Options extends z.ZodType> {
  readonly name: string;
  readonly title?: string;
  readonly options: Options;
  readonly more?: (options: z.output<Options>) => Partial<Wirable>;
}

/** A service as far as a profile is concerned with it. */
export function profileService<Options extends z.ZodType<Readonly<Record<string, unknown>>>>({
  name,
  title = `A ${name}`,
  options,
  more = () => ({}),
}: Parts<Options>): ProfileService {
  const nothing = { wants: [], grants: [], credentials: [], ports: [], instances: [name] };
  const configure = (given: unknown): Wirable => {
    const chosen = options.parse(given ?? {});
    return { ...nothing, name, options: chosen, ...more(chosen) };
  };
  return { name, title, options, configure };
}

/** Services that only these tests know: core names none. */
export const SERVICES: readonly ProfileService[] = [
  profileService({
    name: "store",
    options: z
      .strictObject({
        nodes: z.literal([1, 3, 4], { error: "1, 3 or 4: two nodes have no majority" }).default(3),
        mode: z.enum(["none", "log"]).default("none"),
        ratio: z.number().gt(0).lt(1).default(0.5),
      })
      .refine(({ nodes, mode }) => nodes > 1 || mode === "none", { path: ["mode"], error: '"none" with one node' }),
    more: () => ({ grants: [{ name: "access", parameters: z.strictObject({}) }] }),
  }),
  profileService({
    name: "pool",
    options: z.strictObject({}),
    more: () => ({ wants: [{ from: "store", grant: "access" }] }),
  }),
  profileService({ name: "queue", options: z.strictObject({}) }),
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
