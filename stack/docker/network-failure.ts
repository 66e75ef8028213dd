/** Which of an engine's messages mean that its own request did not get through. Pure. */

/** True for messages of an engine whose request did not reach a registry, in the words of Go's network library. */
export function isNetworkFailure(message: string): boolean {
  return /dial tcp|no such host|connection refused|connection reset|i\/o timeout|TLS handshake|deadline exceeded|network is unreachable|gave HTTP response|x509:|proxyconnect|\bEOF\b|Client\.Timeout/i.test(
    message,
  );
}
