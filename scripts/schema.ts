/** Writes the JSON Schemas in the repository from the schemas that Plumbline itself uses, for editors and scripts. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { generatedSchemas } from "./lib/schemas.ts";

for (const [path, schema] of generatedSchemas()) {
  const file = fileURLToPath(new URL(`../${path}`, import.meta.url));
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(schema, undefined, 2)}\n`);
  process.stdout.write(`${path}\n`);
}
