// Environment variables of a person's shell that change what Docker, Compose, npm, Node or a server's client does.
// Plumbline decides these things itself: neither the libraries inside its process nor the commands that it starts see
// them. Plain Node without dependencies, because the bootstrap needs it before anything is installed.

/** The variables, by what reads them. `*` stands for any rest of a name; npm ignores case. */
export const FOREIGN = {
  docker: names("DOCKER_* BUILDX_* BUILDKIT_* SOURCE_DATE_EPOCH"),
  compose: names("COMPOSE_*"),
  machine: names("COLIMA_PROFILE LIMA_INSTANCE LIMA_SHELL LIMA_WORKDIR"),
  npm: names("npm_config_*"),
  node: names(`
    NODE_OPTIONS NODE_ENV NODE_PATH NODE_DEBUG NODE_DEBUG_NATIVE NODE_V8_COVERAGE NODE_PRESERVE_SYMLINKS
    NODE_PRESERVE_SYMLINKS_MAIN NODE_PENDING_DEPRECATION NODE_REDIRECT_WARNINGS
  `),
  // https://www.postgresql.org/docs/18/libpq-envars.html, and what the package pg adds; then those of the other servers.
  clients: names(`
    PGHOST PGHOSTADDR PGPORT PGDATABASE PGUSER PGPASSWORD PGPASSFILE PGREQUIREAUTH PGCHANNELBINDING PGSERVICE
    PGSERVICEFILE PGOPTIONS PGAPPNAME PGSSL* PGREQUIRESSL PGGSS* PGREQUIREPEER PGKRBSRVNAME PGCONNECT_TIMEOUT
    PGCLIENTENCODING PGTARGETSESSIONATTRS PGLOADBALANCEHOSTS PGMINPROTOCOLVERSION PGMAXPROTOCOLVERSION PGDATESTYLE
    PGTZ PGGEQO PGSYSCONFDIR PGLOCALEDIR PGBINARY PGREPLICATION PGCLIENT_ENCODING NODE_PG_FORCE_NATIVE
    MYSQL_* LIBMYSQL_* REDISCLI_* RABBITMQ_* ERL_*
  `),
  libraries: names("ZX_* LOG_STREAM LOG_TOKENS"), // of zx and yaml
};

/**
 * Among these, what a person chooses and Plumbline follows: the engine, its certificates and logins, and the way to a
 * registry, whose logins begin with `_`, `//` or `@`.
 */
const FOLLOWED = [
  names("DOCKER_HOST DOCKER_CONTEXT DOCKER_CONFIG DOCKER_CERT_PATH DOCKER_TLS_VERIFY DOCKER_AUTH_CONFIG"),
  names(`
    registry replace_registry_host proxy https_proxy http_proxy noproxy no_proxy ca cafile cert key strict_ssl cache
    userconfig globalconfig user_agent local_address maxsockets fetch_* offline prefer_offline _* //* @*
  `).map((key) => `npm_config_${key}`),
].flat();

function names(text) {
  return text.trim().split(/\s+/);
}

const isListed = matcher(Object.values(FOREIGN).flat());
const isFollowed = matcher(FOLLOWED);
const isOfNode = matcher(FOREIGN.node);
const isOfLibrary = matcher(FOREIGN.libraries);

function matcher(patterns) {
  const [npm, others] = [patterns.filter(isOfNpm), patterns.filter((pattern) => !isOfNpm(pattern))].map(
    (list) => new RegExp(`^(?:${list.map((pattern) => pattern.replaceAll("*", ".*")).join("|")})$`, "s"),
  );
  return (name) => others.test(name) || (isOfNpm(name) && npm.test(name.toLowerCase()));
}

function isOfNpm(name) {
  return /^npm_config_/i.test(name);
}

/** Returns whether Plumbline keeps the variable from its clients and commands. */
export function isForeign(name) {
  return isListed(name) && !isFollowed(name);
}

/** Returns the environment for a command. Of NODE_OPTIONS the flags stay that concern the way to a registry. */
export function withoutForeign(env) {
  const own = Object.fromEntries(Object.entries(env).filter(([name]) => !isForeign(name)));
  const options = networkFlags(env.NODE_OPTIONS ?? "");
  return options === "" ? own : { ...own, NODE_OPTIONS: options };
}

/** Deletes from this process's environment what its libraries would read. Node itself has read its own already. */
export function forgetForeign(env) {
  const ignored = ignoredVariables(env);
  if (ignored.length > 0) env[FORGOTTEN] = ignored.join(" ");
  for (const name of Object.keys(env)) if (isForeign(name) && !isOfNode(name)) delete env[name];
}

/**
 * Returns the names of the variables that a person set for Docker, Compose, a machine or a client, and that Plumbline
 * does not follow; also those that this process has forgotten. npm sets its own for every script.
 */
export function ignoredVariables(env) {
  const forgotten = (env[FORGOTTEN] ?? "").split(" ").filter((name) => name !== "");
  // An empty one counts as unset: so it does for those who read it.
  const present = Object.keys(env).filter((name) => env[name] && isForeign(name) && !isOfNode(name) && !isOfNpm(name));
  return [...new Set([...forgotten, ...present])]
    .filter((name) => !isOfLibrary(name))
    .toSorted((a, b) => (a < b ? -1 : 1));
}

/** Tells the command which variables the bootstrap has taken away. */
const FORGOTTEN = "PLUMBLINE_FORGOTTEN";

/** Returns the names of the variables that change the Node of this process, which cannot be undone. */
export function nodeVariables(env) {
  return Object.keys(env).filter((name) => isOfNode(name) && isForeign(name) && name !== "NODE_ENV");
}

const NETWORK_FLAG = /^--(?:use-\w+-ca|openssl-|tls-|dns-result-order|(?:no-)?network-family|max-http-header-size)/;

function networkFlags(options) {
  const words = options.match(/(?:"(?:\\.|[^"\\])*"|[^\s"])+/g) ?? [];
  return words.filter((word) => NETWORK_FLAG.test(word)).join(" ");
}
