/** Which error messages of an engine mean that its request did not reach the other side. Pure. */

/** True for messages of Go's network library: the engine's request did not reach a registry. */
export function isNetworkFailure(message: string): boolean {
  return /dial tcp|no such host|connection refused|connection reset|i\/o timeout|TLS handshake|deadline exceeded|network is unreachable|gave HTTP response|x509:|proxyconnect|\bEOF\b|Client\.Timeout/i.test(
    message,
  );
}
