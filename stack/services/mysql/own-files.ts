/** Files that MySQL writes for itself, and that keep it from starting if they are damaged. Pure. */
import type { OwnFile } from "../../core/service/setting-rules.ts";

const LINE = /^\s*(?:[#;].*|\[[^\]]+\]\s*|[\w-]+\s*(?:=.*)?)?$/;
const UUID = /^\s*server[-_]uuid\s*=\s*[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\s*$/i;

export const ownFiles: readonly OwnFile[] = [
  {
    // The server makes a new identity if it finds none. Nothing in the stack knows the old one.
    path: "/var/lib/mysql/auto.cnf",
    faultIn: (text) => (isIdentity(text) ? undefined : "auto.cnf holds no server_uuid that the server accepts"),
    sound: "",
  },
  {
    // As PostgreSQL's: the server is the container's first process, and replaces the lock of itself.
    path: "/var/run/mysqld/mysqld.sock.lock",
    faultIn: (text) =>
      /^\s*[1-9]\d*\s*$/.test(text) ? undefined : "mysqld.sock.lock names no process, and the server refuses it",
    sound: "1\n",
  },
];

function isIdentity(text: string): boolean {
  const lines = text.split("\n");
  const isWhole = lines.every((line) => LINE.test(line) && !line.includes("\u0000"));
  const firstOption = lines.findIndex((line) => /^\s*[\w-]/.test(line));
  const firstGroup = lines.findIndex((line) => /^\s*\[/.test(line));
  const isGrouped = firstOption === -1 || (firstGroup !== -1 && firstGroup < firstOption);
  const uuids = lines.filter((line) => /^\s*server[-_]uuid\b/i.test(line));
  return isWhole && isGrouped && uuids.every((line) => UUID.test(line));
}
