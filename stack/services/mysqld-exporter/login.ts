/** The address of mysqld_exporter's server, and the file with its user and password. Pure. */
import type { SecretFile } from "../../core/service/container.ts";
import type { Credential } from "../../core/service/credential.ts";
import type { Neighbours } from "../../core/service/want.ts";

export const NAME = "mysqld-exporter";
export const PORT = 9104;
/** The watched service. */
export const SERVER = "mysql";

/** File name below the folder of secrets. */
export const LOGIN = "my.cnf";

/** Returns "mysql:3306". */
export function addressOf(neighbours: Neighbours): string {
  const [instance] = neighbours[SERVER]?.instances ?? [];
  if (!instance) throw new Error(`${NAME} has no server to watch`);
  return `${instance.host}:${instance.ports["sql"]}`;
}

/** Generated passwords contain no character that is special in an option file. */
export function loginFile({ user, password }: Credential): SecretFile {
  return { path: LOGIN, text: `[client]\nuser=${user}\npassword=${password}\n` };
}
