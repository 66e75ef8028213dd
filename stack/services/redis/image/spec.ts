import type { ImageSpec } from "../../../core/service/image.ts";

/** Redis with redis-cli and redis-benchmark. */
export const image: ImageSpec = {
  registry: "redis:7.4.10",
  recipe: "redis",
  sources: [{ suite: "trixie", packages: ["redis-server", "redis-tools"], versionOf: "redis-server" }],
};
