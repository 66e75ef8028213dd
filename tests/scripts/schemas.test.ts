import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { generatedSchemas } from "../../scripts/lib/schemas.ts";

test.for([...generatedSchemas()])("%s must be what `npm run schema` writes", async ([path, schema]) => {
  const file = fileURLToPath(new URL(`../../${path}`, import.meta.url));
  expect(JSON.parse(await readFile(file, "utf8"))).toEqual(JSON.parse(JSON.stringify(schema)));
});
