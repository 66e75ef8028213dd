import type { ImageSpec } from "../../../core/service/image.ts";

/**
 * PostgreSQL with pgbench. Debian's unstable has the registry's major version; its stable release has the previous one.
 */
export const image: ImageSpec = {
  sources: [
    { kind: "registry", reference: "postgres:18.6" },
    {
      kind: "packages",
      folder: "postgres/image",
      suite: "sid",
      packages: ["postgresql-18", "postgresql-client-18"],
      release: "18",
      version: { package: "postgresql-18" },
    },
    {
      kind: "packages",
      folder: "postgres/image",
      suite: "trixie",
      packages: ["postgresql-17", "postgresql-client-17"],
      release: "17",
      version: { package: "postgresql-17" },
    },
  ],
};
