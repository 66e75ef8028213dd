/** One of several processes that make the credentials of a folder at once: prints the passwords that it would use. */
import { configureServices } from "../../../stack/core/desire/desire.ts";
import { loadCredentials } from "../../../stack/records/secrets.ts";
import { registry } from "../../../stack/services/index.ts";
import { profileOf } from "./stack.ts";

const services = configureServices(profileOf({ services: { postgres: {}, redis: {} } }), registry);
const { credentials } = await loadCredentials(process.argv[2] ?? "", services);
const passwords = services.flatMap((service) =>
  service.credentials.map(({ name }) => [`${service.name}.${name}`, credentials(service.name, name).password]),
);
process.stdout.write(JSON.stringify(Object.fromEntries(passwords)));
