/** Lists volumes of the engine, whoever made them. */
import { QUICK_DEADLINE_MS, type Client } from "../client.ts";

/** A volume, as the engine lists it. */
export interface ListedVolume {
  readonly Name: string;
  readonly Labels?: Readonly<Record<string, string>> | null | undefined;
}

/** Lists every volume with these labels, or with this text in its name. */
export async function listVolumes(
  client: Client,
  filters: { readonly label: string[] } | { readonly name: string[] },
  deadlineMs = QUICK_DEADLINE_MS,
): Promise<readonly ListedVolume[]> {
  const { Volumes } = await client.call("volume", "list volumes", deadlineMs, (abortSignal) =>
    client.docker.listVolumes({ filters, abortSignal }),
  );
  return Volumes;
}
