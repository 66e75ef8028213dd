import type { ImageSpec } from "../../../core/service/image.ts";

/** PostgreSQL with pgbench. Debian's unstable has the registry's major version; its stable release has the one before. */
export const image: ImageSpec = {
  registry: "postgres:18.6",
  recipe: "postgres",
  sources: [
    { suite: "sid", packages: ["postgresql-18", "postgresql-client-18"], versionOf: "postgresql-18" },
    { suite: "trixie", packages: ["postgresql-17", "postgresql-client-17"], versionOf: "postgresql-17" },
  ],
};
