import type { ImageSpec } from "../../../core/service/image.ts";

/** RabbitMQ. The Debian package includes the management plugin; in the registry it is a separate tag. */
export const image: ImageSpec = {
  sources: [
    { kind: "registry", reference: "rabbitmq:4.0.9-management" },
    {
      kind: "packages",
      folder: "rabbitmq/image",
      suite: "trixie",
      packages: ["rabbitmq-server"],
      release: "4.0",
      version: { package: "rabbitmq-server" },
    },
  ],
};
