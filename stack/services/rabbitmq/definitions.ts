/** Users, vhosts and rights that a node must have: imported at its boot, and compared with its actual ones. */
import type { Credentials } from "../../core/service/credential.ts";

/** The benchmarks' own vhost, marked by its name. */
export const BENCH_VHOST = "plumbline_bench";

export interface Definitions {
  readonly users: readonly {
    readonly name: string;
    readonly password_hash: string;
    readonly hashing_algorithm: "rabbit_password_hashing_sha256";
    readonly tags: readonly string[];
  }[];
  readonly vhosts: readonly { readonly name: string }[];
  readonly permissions: readonly {
    readonly user: string;
    readonly vhost: string;
    readonly configure: string;
    readonly write: string;
    readonly read: string;
  }[];
}

/** Returns them as a RabbitMQ definitions file, which holds only salted hashes of passwords. */
export function definitionsOf(credentials: Credentials, vhost: string): Definitions {
  const admin = credentials("rabbitmq", "admin");
  const app = credentials("rabbitmq", "app");
  const bench = credentials("rabbitmq", "bench");
  const user = ({ user: name, saltedSha256 }: typeof admin, tags: readonly string[]) =>
    ({ name, password_hash: saltedSha256, hashing_algorithm: "rabbit_password_hashing_sha256", tags }) as const;
  const all = ({ user: name }: typeof admin, on: string) =>
    ({ user: name, vhost: on, configure: ".*", write: ".*", read: ".*" }) as const;
  return {
    users: [user(admin, ["administrator"]), user(app, []), user(bench, [])],
    vhosts: [{ name: vhost }, { name: BENCH_VHOST }],
    permissions: [all(admin, vhost), all(admin, BENCH_VHOST), all(app, vhost), all(bench, BENCH_VHOST)],
  };
}
