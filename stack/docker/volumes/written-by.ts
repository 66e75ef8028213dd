/** Remembers on the engine which image's server last answered on a volume: its source and version. */
import { z } from "zod";
import type { WrittenBy } from "../../core/machine/engine.ts";
import { QUICK_DEADLINE_MS, type Client } from "../client.ts";
import { recordOf, RECORD_SUFFIX } from "../../core/stack-names.ts";
import { sideVolumes } from "./side-volumes.ts";
import { removeVolume } from "./volumes.ts";

const SOURCE_LABEL = "plumbline.written-by.source";
const VERSION_LABEL = "plumbline.written-by.version";

export const RECORDS = { label: "plumbline.written-by", suffix: RECORD_SUFFIX } as const;

const Source = z.enum(["registry", "debian"]);

/** A record that is lost only leaves the check to the server itself. */
export function openWrittenBy(client: Client): WrittenBy {
  return {
    all: async (project) =>
      new Map(
        (await sideVolumes(client, project, RECORDS)).flatMap(({ labels, volume, isThere }) => {
          const source = Source.safeParse(labels[SOURCE_LABEL]).data;
          const version = labels[VERSION_LABEL];
          return isThere && source !== undefined && version !== undefined
            ? [[volume, { source, version }] as const]
            : [];
        }),
      ),
    note: async (project, volume, { source, version }) => {
      await removeVolume(client, recordOf(volume));
      const Labels = { [RECORDS.label]: project, [SOURCE_LABEL]: source, [VERSION_LABEL]: version };
      await client.call("volume", `note who wrote ${volume}`, QUICK_DEADLINE_MS, (abortSignal): Promise<unknown> =>
        client.docker.createVolume({ Name: recordOf(volume), Labels, abortSignal }),
      );
    },
    forget: (volume) => removeVolume(client, recordOf(volume)),
  };
}
