import type { ImageSpec } from "../../../core/service/image.ts";

/** Redis with redis-cli and redis-benchmark. Both sources have the same minor version: either reads the other's files. */
export const image: ImageSpec = {
  sources: [
    { kind: "registry", reference: "redis:8.0.4" },
    {
      kind: "packages",
      folder: "redis/image",
      suite: "trixie",
      packages: ["redis-server", "redis-tools"],
      release: "8.0",
      version: { package: "redis-server" },
    },
  ],
};
