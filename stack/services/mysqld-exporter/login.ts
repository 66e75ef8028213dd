/** Where mysqld_exporter finds its server, and the file from which it takes user and password. Pure. */
import type { SecretFile } from "../../core/service/container.ts";
import type { Credential } from "../../core/service/credential.ts";
import type { Neighbours } from "../../core/service/want.ts";

export const NAME = "mysqld-exporter";
export const PORT = 9104;
/** The service that it watches. */
export const SERVER = "mysql";

/** Below the folder of secrets. */
export const LOGIN = "my.cnf";

/** "mysql:3306". */
export function addressOf(neighbours: Neighbours): string {
  const [instance] = neighbours[SERVER]?.instances ?? [];
  if (!instance) throw new Error(`${NAME} has no server to watch`);
  return `${instance.host}:${instance.ports["sql"]}`;
}

/** Generated passwords hold no character that an option file reads otherwise. */
export function loginFile({ user, password }: Credential): SecretFile {
  return { path: LOGIN, text: `[client]\nuser=${user}\npassword=${password}\n` };
}
