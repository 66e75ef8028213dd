import type { ImageSpec } from "../../../core/service/image.ts";

/** Redis with redis-cli and redis-benchmark. */
export const image: ImageSpec = {
  sources: [
    { kind: "registry", reference: "redis:7.4.10" },
    {
      kind: "packages",
      folder: "redis/image",
      suite: "trixie",
      packages: ["redis-server", "redis-tools"],
      version: { package: "redis-server" },
    },
  ],
};
