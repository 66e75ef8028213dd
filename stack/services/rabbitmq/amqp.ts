/** AMQP connections whose loss does not end the process. */
import { connect, type ChannelModel, type ConfirmChannel, type Options } from "amqplib";
import type { Target } from "../../core/service/service.ts";

const CONNECT_DEADLINE_MS = 5_000;

export interface Wire {
  readonly channel: ConfirmChannel;
  /** Resolves with the reason when the connection or channel is lost. */
  readonly lost: Promise<Error>;
  close(): Promise<void>;
}

/** Opens a connection with one channel in confirm mode. */
export async function openWire(target: Target, credential: "app" | "bench", vhost: string): Promise<Wire> {
  const { user, password } = target.credentials("rabbitmq", credential);
  const address = { hostname: target.host, port: target.port("amqp"), username: user, password, vhost };
  // Without noDelay a request that follows an acknowledgement waits 40 ms for the peer's delayed TCP ACK.
  const connection = await connect(address, { timeout: CONNECT_DEADLINE_MS, noDelay: true });
  const disconnected = lossOf(connection, "connection");
  try {
    const channel = await connection.createConfirmChannel();
    const lost = Promise.race([disconnected, lossOf(channel, "channel")]);
    return { channel, lost, close: () => closed(connection) };
  } catch (error) {
    await closed(connection);
    throw error;
  }
}

/** Sends a message through the default exchange; resolves when the broker has confirmed it. */
export function publish(wire: Wire, queue: string, content: Buffer, options: Options.Publish): Promise<void> {
  return new Promise((resolve, reject) => {
    wire.channel.sendToQueue(queue, content, options, (error: unknown) => {
      if (error instanceof Error) reject(error);
      else if (error) reject(new Error("RabbitMQ did not take the message"));
      else resolve();
    });
  });
}

/** A dying server emits these events; without listeners they would end the process. */
function lossOf(source: ChannelModel | ConfirmChannel, what: string): Promise<Error> {
  return new Promise((resolve) => {
    source.on("error", resolve);
    source.on("close", () => resolve(new Error(`RabbitMQ closed the ${what}`)));
  });
}

async function closed(connection: ChannelModel): Promise<void> {
  await connection.close().catch(() => undefined); // Rejects if the server closed it first.
}
