/** Every JSON Schema of the project, by path relative to the project's root. */
import { z } from "zod";
import { baselineJsonSchema } from "../../stack/core/results/baseline.ts";
import { profileJsonSchema } from "../../stack/core/profile/schema.ts";
import { traceSchema } from "../../stack/core/results/start-up-trace.ts";
import { documents } from "../../stack/report/documents/documents.ts";
import { runtimeNames } from "../../stack/runtimes/index.ts";
import { services } from "../../stack/services/index.ts";

export function generatedSchemas(): ReadonlyMap<string, unknown> {
  return new Map<string, unknown>([
    ["profiles/profile.schema.json", profileJsonSchema(services, runtimeNames)],
    ["profiles/baselines/baseline.schema.json", baselineJsonSchema()],
    ["stack/report/documents/schemas/startup-trace.schema.json", toJsonSchema(traceSchema)],
    ...Object.entries(documents).map(([command, schema]): [string, unknown] => [
      `stack/report/documents/schemas/${command}.schema.json`,
      toJsonSchema(schema),
    ]),
  ]);
}

function toJsonSchema(schema: z.ZodType): unknown {
  return z.toJSONSchema(schema, { target: "draft-2020-12", io: "output", unrepresentable: "any" });
}
