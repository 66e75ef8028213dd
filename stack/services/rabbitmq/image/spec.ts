import type { ImageSpec } from "../../../core/service/image.ts";

/** RabbitMQ; the management plugin is in the package, and in the registry's tag of that name. */
export const image: ImageSpec = {
  registry: "rabbitmq:4.0.9-management",
  recipe: "rabbitmq",
  sources: [{ suite: "trixie", packages: ["rabbitmq-server"], versionOf: "rabbitmq-server" }],
};
