import type { ImageSpec } from "../../../core/service/image.ts";

/** PgBouncer. There is no official image; this one follows its releases and is pinned to one. */
export const image: ImageSpec = {
  registry: "edoburu/pgbouncer:v1.25.2-p0",
  recipe: "pgbouncer",
  sources: [{ suite: "trixie", packages: ["pgbouncer"], versionOf: "pgbouncer" }],
};
