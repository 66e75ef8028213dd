/** The result of `report`. */
import { z } from "zod";
import type { Data } from "../data.ts";

export const reportSchema = z.strictObject({
  /** The results that the reports were made from. */
  results: z.string(),
  files: z.array(z.string()),
});

export type Rendered = Data<typeof reportSchema>;
