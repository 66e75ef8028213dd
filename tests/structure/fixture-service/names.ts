/** The port of the server, inside its container. */
export const PORT = 8080;

/** The service of which it wants a database. */
export const SERVER = "postgres";
