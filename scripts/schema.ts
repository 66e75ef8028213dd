/** Writes profiles/profile.schema.json, by which editors check profiles, from the schema that Plumbline itself uses. */
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { profileJsonSchema } from "../stack/core/profile/schema.ts";
import { services } from "../stack/services/index.ts";

const file = fileURLToPath(new URL("../profiles/profile.schema.json", import.meta.url));

await writeFile(file, `${JSON.stringify(profileJsonSchema([...services.values()], []), undefined, 2)}\n`);
process.stdout.write(`${file}\n`);
