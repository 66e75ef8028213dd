/** What other services may want of MySQL. */
import { z } from "zod";
import type { Grant } from "../../core/service/want.ts";

/** An account that reads status, processes and performance_schema, and no rows of any application. */
export const MONITOR = { name: "monitor", parameters: z.strictObject({}), account: true } as const satisfies Grant;

export const grants: readonly Grant[] = [MONITOR];
