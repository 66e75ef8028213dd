/** A handshake on the cluster bus, as another node makes it: the chain of certificates is verified, also in time. */
import type { Redis } from "ioredis";
import { z } from "zod";
import type { Target } from "../../../core/service/service.ts";
import { BUS_PORT } from "../conf.ts";

/** A handshake within one container takes milliseconds. */
const DEADLINE_S = 5;
export const HANDSHAKE_DEADLINE_MS = DEADLINE_S * 1000;
/** Clocks that differ by less are no reason for a refusal. */
const CLOCK_TOLERANCE_S = 3600;

/** Rejects with the reason unless the node's bus speaks TLS with a certificate that its authority has signed. */
export async function verifyBus(target: Target, client: Redis): Promise<void> {
  const settings = await readSettings(client);
  if (settings("tls-cluster") !== "yes") throw new Error(`the bus of ${target.instance} has no TLS`);
  // Without a command and without input, it connects and ends: nothing is sent over the bus.
  const argv = ["timeout", String(DEADLINE_S), "redis-cli", "-h", "127.0.0.1", "-p", String(BUS_PORT), "--tls"];
  const files = ["--cert", "--key", "--cacert"].flatMap((flag, index) => [flag, settings(FILES[index] ?? "")]);
  const { stderr } = await target.exec([...argv, ...files], { stdin: "" });
  const refusal = stderr.trim();
  if (refusal !== "") throw new Error(`the bus of ${target.instance}: ${refusal}${await clockText(target)}`);
}

const FILES = ["tls-cert-file", "tls-key-file", "tls-ca-cert-file"];
const Pairs = z.array(z.string());

/** The files that the server itself uses. */
async function readSettings(client: Redis): Promise<(name: string) => string> {
  const pairs = Pairs.parse(await client.call("CONFIG", ["GET", "tls-cluster", ...FILES]));
  return (name) => pairs[pairs.indexOf(name) + 1] ?? "";
}

/** A certificate is refused before its time and after it, by the clock of the machine. */
async function clockText({ exec, instance }: Target): Promise<string> {
  const { stdout } = await exec(["date", "+%s"]);
  const aheadS = Number(stdout) - Date.now() / 1000;
  if (!(Math.abs(aheadS) > CLOCK_TOLERANCE_S)) return "";
  const hours = Math.round(Math.abs(aheadS) / 3600);
  return `; the clock of ${instance}'s machine is ${hours} h ${aheadS > 0 ? "ahead" : "behind"}: set it, or restart the machine`;
}
