import type { ImageSpec } from "../../../core/service/image.ts";

/**
 * MySQL itself, not MariaDB; Debian has it in unstable only. The "core" packages contain the server without a cluster.
 * The registry's tag is the release that Debian has, and is not looked up. Unstable goes on to the next one.
 */
export const image: ImageSpec = {
  sources: [
    { kind: "registry", reference: "mysql:9.7.4" },
    {
      kind: "packages",
      folder: "mysql/image",
      suite: "sid",
      packages: ["mysql-server-core", "mysql-client-core"],
      version: { package: "mysql-server-core" },
    },
  ],
};
