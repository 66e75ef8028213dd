/** Names inside PostgreSQL. */
import { BENCH_DATABASE } from "../kit/postgresql/names.ts";

/** The server's port inside its container. */
export const PORT = 5432;

/** Exists in every cluster; administration connects to it. */
export const ADMIN_DATABASE = "postgres";

/** Databases that belong to the server or to Plumbline. */
export const RESERVED_DATABASES: readonly string[] = [ADMIN_DATABASE, BENCH_DATABASE, "template0", "template1"];

/** A name that needs no quotes. */
export const IDENTIFIER = /^[a-z_][a-z0-9_]{0,62}$/;
export const IDENTIFIER_RULE = "lower-case letters, digits and _, at most 63, not starting with a digit";
