import type { ImageSpec } from "../../../core/service/image.ts";

/** MySQL itself, not MariaDB: Debian has it in unstable only. The "core" packages are the server without a cluster. */
export const image: ImageSpec = {
  registry: "mysql:8.4.10",
  recipe: "mysql",
  sources: [{ suite: "sid", packages: ["mysql-server-core", "mysql-client-core"], versionOf: "mysql-server-core" }],
};
