/** The result of `logs` as a document; as text it is what Compose prints. */
import type { Logs } from "../../core/results/commands/logs.ts";
import type { LogsDocument } from "../documents/documents.ts";

export function logsDocumentOf(logs: Logs): LogsDocument {
  return { ok: true, command: "logs", ...logs };
}
