/** A complete profile as the generated files store it: the one that a stack was brought up with. */
import { z } from "zod";
import { bytes } from "../units.ts";

const size = z.number().nonnegative().transform(bytes);
const settingValue = z.union([z.string(), z.number(), z.boolean()]);

/** Reads what `render/compose.ts` writes; the same shape as `Profile`. */
export const storedProfile = z.object({
  name: z.string(),
  description: z.string(),
  machine: z.object({ cpus: z.number(), memory: size, disk: size, image: z.string().optional() }),
  services: z.record(z.string(), z.unknown()),
  overrides: z.record(z.string(), z.record(z.string(), settingValue)),
  workload: z.object({
    kind: z.enum(["web", "oltp", "dw", "mixed"]),
    clients: z.number(),
    connections: z.number(),
  }),
  verification: z.object({ budgetS: z.number(), margin: z.number() }),
  images: z.enum(["registry", "debian", "auto"]),
  runtime: z.string(),
  portOffset: z.number(),
});
