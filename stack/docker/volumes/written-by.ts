/** Remembers on the engine which image's server last answered on a volume: its source and version. */
import { z } from "zod";
import type { WrittenBy } from "../../core/machine/engine.ts";
import { QUICK_DEADLINE_MS, type Client } from "../client.ts";
import { recordOf, volumeOf } from "../../core/stack-names.ts";
import { removeVolume } from "./volumes.ts";

const RECORDS_LABEL = "plumbline.written-by";
const SOURCE_LABEL = "plumbline.written-by.source";
const VERSION_LABEL = "plumbline.written-by.version";

const Listed = z.object({
  Name: z.string(),
  Labels: z.record(z.string(), z.string()).nullish(),
});
const Source = z.enum(["registry", "debian"]);

/**
 * The labels of a volume cannot change, so the record is a second, empty volume. It outlives the containers and the
 * stack's folder. A record that is lost only leaves the check to the server itself.
 */
export function openWrittenBy(client: Client): WrittenBy {
  const listed = async (filters: Readonly<Record<string, string[]>>) => {
    const { Volumes } = await client.call("volume", "list volumes", QUICK_DEADLINE_MS, (abortSignal) =>
      client.docker.listVolumes({ filters, abortSignal }),
    );
    return z.array(Listed).parse(Volumes);
  };
  /** The records of a project, and whether the volume of each is there: one that a person restored has no label. */
  const recordsOf = async (project: string) => {
    const [records, named] = await Promise.all([
      listed({ label: [`${RECORDS_LABEL}=${project}`] }),
      listed({ name: [`${project}-`] }),
    ]);
    const there = new Set(named.map(({ Name }) => Name));
    return records.map((record) => {
      const volume = volumeOf(record.Name);
      return { record, volume, isThere: there.has(volume) };
    });
  };
  return {
    all: async (project) =>
      new Map(
        (await recordsOf(project)).flatMap(({ record: { Labels }, volume, isThere }) => {
          const source = Source.safeParse(Labels?.[SOURCE_LABEL]).data;
          const version = Labels?.[VERSION_LABEL];
          return isThere && source !== undefined && version !== undefined
            ? [[volume, { source, version }] as const]
            : [];
        }),
      ),
    tidy: async (project) => {
      for (const { record, isThere } of await recordsOf(project)) if (!isThere) await removeVolume(client, record.Name);
    },
    note: async (project, volume, { source, version }) => {
      await removeVolume(client, recordOf(volume));
      const Labels = { [RECORDS_LABEL]: project, [SOURCE_LABEL]: source, [VERSION_LABEL]: version };
      await client.call("volume", `note who wrote ${volume}`, QUICK_DEADLINE_MS, (abortSignal): Promise<unknown> =>
        client.docker.createVolume({ Name: recordOf(volume), Labels, abortSignal }),
      );
    },
    forget: (volume) => removeVolume(client, recordOf(volume)),
  };
}
