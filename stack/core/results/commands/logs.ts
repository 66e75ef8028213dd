/** The result of `logs`. */
import { z } from "zod";
import type { Data } from "../data.ts";

export const logsSchema = z.strictObject({
  stack: z.string(),
  instances: z.array(z.strictObject({ instance: z.string(), state: z.string(), lines: z.array(z.string()) })),
});

export type Logs = Data<typeof logsSchema>;
