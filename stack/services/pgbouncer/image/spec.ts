import type { ImageSpec } from "../../../core/service/image.ts";

/** PgBouncer. There is no official image; this one follows PgBouncer's releases and is pinned to one. */
export const image: ImageSpec = {
  sources: [
    { kind: "registry", reference: "edoburu/pgbouncer:v1.25.2-p0" },
    {
      kind: "packages",
      folder: "pgbouncer/image",
      suite: "trixie",
      packages: ["pgbouncer"],
      release: "1.24",
      version: { package: "pgbouncer" },
    },
  ],
};
