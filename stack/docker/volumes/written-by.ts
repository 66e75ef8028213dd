/** Remembers on the engine which image's server last answered on a volume: its source and version. */
import { z } from "zod";
import type { WrittenBy } from "../../core/machine/engine.ts";
import { QUICK_DEADLINE_MS, type Client } from "../client.ts";
import { recordOf } from "../../core/stack-names.ts";
import { PROJECT_LABEL } from "../containers.ts";
import { removeVolume } from "./volumes.ts";

const RECORDS_LABEL = "plumbline.written-by";
const SOURCE_LABEL = "plumbline.written-by.source";
const VERSION_LABEL = "plumbline.written-by.version";

const Listed = z.object({
  Name: z.string(),
  CreatedAt: z.string().optional(),
  Labels: z.record(z.string(), z.string()).nullish(),
});
const Source = z.enum(["registry", "debian"]);

/**
 * The labels of a volume cannot change, so the record is a second, empty volume. It outlives the containers and the
 * stack's folder. A record that is lost only leaves the check to the server itself.
 */
export function openWrittenBy(client: Client): WrittenBy {
  const labelled = async (label: string) => {
    const { Volumes } = await client.call("volume", "list volumes", QUICK_DEADLINE_MS, (abortSignal) =>
      client.docker.listVolumes({ filters: { label: [label] }, abortSignal }),
    );
    return new Map(
      z
        .array(Listed)
        .parse(Volumes)
        .map((volume) => [volume.Name, volume]),
    );
  };
  return {
    all: async (project) => {
      const [records, volumes] = await Promise.all([
        labelled(`${RECORDS_LABEL}=${project}`),
        labelled(`${PROJECT_LABEL}=${project}`),
      ]);
      return new Map(
        [...volumes].flatMap(([name, volume]) => {
          const record = records.get(recordOf(name));
          const source = Source.safeParse(record?.Labels?.[SOURCE_LABEL]).data;
          const version = record?.Labels?.[VERSION_LABEL];
          if (source === undefined || version === undefined || isYounger(volume, record)) return [];
          return [[name, { source, version }] as const];
        }),
      );
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

/** A volume that was made after the record has taken the name of the one that the record is about. */
function isYounger({ CreatedAt: made }: z.infer<typeof Listed>, record: z.infer<typeof Listed> | undefined): boolean {
  const noted = record?.CreatedAt;
  return made !== undefined && noted !== undefined && Date.parse(made) > Date.parse(noted);
}
