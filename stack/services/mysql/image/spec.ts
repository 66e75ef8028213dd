import type { ImageSpec } from "../../../core/service/image.ts";

/**
 * MySQL itself, not MariaDB; Debian has it in unstable only. The "core" packages contain the server without a cluster.
 */
export const image: ImageSpec = {
  sources: [
    { kind: "registry", reference: "mysql:8.4.10" },
    {
      kind: "packages",
      folder: "mysql/image",
      suite: "sid",
      packages: ["mysql-server-core", "mysql-client-core"],
      version: { package: "mysql-server-core" },
    },
  ],
};
