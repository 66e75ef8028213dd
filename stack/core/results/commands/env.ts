/** The result of `env`. */
import { z } from "zod";
import type { Data } from "../data.ts";

export const envSchema = z.strictObject({
  stack: z.string(),
  profile: z.string(),
  /** URLs with their passwords, by the name of the variable: POSTGRES_URL. */
  variables: z.record(z.string(), z.string()),
});

export type Env = Data<typeof envSchema>;
