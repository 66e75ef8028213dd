/** Requests metrics from an HTTP endpoint, like a collector does. */
import { parseMetrics, type Sample } from "./text.ts";

/** A collector's usual deadline (Prometheus' scrape_timeout): no collector can use a slower endpoint. */
const REQUEST_DEADLINE_MS = 10_000;

/** The largest page seen had 1,500 lines of 60 bytes. */
const MAX_PAGE_BYTES = 16 * 1024 * 1024;

export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** "/metrics", "/scrape?target=a:1". */
  readonly path: string;
}

/** Resolves the samples of a page. Rejects unless the endpoint answers in time, with success, and with metrics. */
export async function scrape({ host, port, path }: Endpoint): Promise<readonly Sample[]> {
  const response = await fetch(`http://${host}:${port}${path}`, {
    redirect: "error",
    signal: AbortSignal.timeout(REQUEST_DEADLINE_MS),
  });
  const text = await textOf(response);
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text.slice(0, 200)}`);
  return parseMetrics(text);
}

async function textOf({ body }: Response): Promise<string> {
  if (!body) return "";
  const decoder = new TextDecoder();
  const chunks: AsyncIterable<Uint8Array> = body;
  let text = "";
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.byteLength;
    if (size > MAX_PAGE_BYTES) throw new Error(`a page of metrics is larger than ${MAX_PAGE_BYTES} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
