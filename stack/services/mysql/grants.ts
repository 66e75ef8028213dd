/** What other services may want from MySQL. */
import { z } from "zod";
import type { Grant } from "../../core/service/want.ts";

/** An account that reads status, processes and performance_schema, but no rows of any application. */
export const MONITOR = { name: "monitor", parameters: z.strictObject({}), account: true } as const satisfies Grant;

export const grants: readonly Grant[] = [MONITOR];
