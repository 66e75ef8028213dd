import type { ImageSpec } from "../../../core/service/image.ts";

/** RabbitMQ; the management plugin is in the package, and in the registry's tag of that name. */
export const image: ImageSpec = {
  sources: [
    { kind: "registry", reference: "rabbitmq:4.0.9-management" },
    {
      kind: "packages",
      folder: "rabbitmq/image",
      suite: "trixie",
      packages: ["rabbitmq-server"],
      version: { package: "rabbitmq-server" },
    },
  ],
};
