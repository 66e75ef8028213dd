/** Marks volumes whose servers have never answered, so that an unfinished first start can be told from a person's data. */
import { randomUUID } from "node:crypto";
import type { FirstStarts } from "../../core/machine/engine.ts";
import { PlumblineError } from "../../core/errors.ts";
import type { Client } from "../client.ts";
import { PROJECT_LABEL } from "../containers.ts";
import { keyLabel } from "../inspection/guests.ts";
import { listVolumes } from "./list.ts";
import { FOLDER_LABEL, removeVolume } from "./volumes.ts";

/** The same random text on a volume and on its mark: a volume that took the name later is not the marked one. */
const ORIGIN_LABEL = "plumbline.volume.origin";

export const MARKS = { label: "plumbline.unfinished", suffix: ".unfinished" } as const;

/** An engine whose machine has just booted takes long for a volume, as it does for the containers that follow. */
const BEGIN_DEADLINE_MS = 120_000;

/**
 * The mark exists until the server has answered. It marks what is unfinished and not what is finished: if it is lost,
 * for example by `docker volume prune`, the data are kept.
 */
export function openFirstStarts(client: Client): FirstStarts {
  const create = (Name: string, Labels: Record<string, string>) =>
    client.call("volume", `create the volume ${Name}`, BEGIN_DEADLINE_MS, (abortSignal): Promise<unknown> =>
      client.docker.createVolume({ Name, Labels, abortSignal }),
    );
  const exists = async (name: string, deadlineMs?: number) =>
    (await listVolumes(client, { name: [name] }, deadlineMs)).some(({ Name }) => Name === name);
  const unfinished = async (project: string): Promise<readonly string[]> => {
    const [marks, volumes] = await Promise.all([
      listVolumes(client, { label: [`${MARKS.label}=${project}`] }),
      listVolumes(client, { label: [`${PROJECT_LABEL}=${project}`] }),
    ]);
    const origins = new Map(marks.map(({ Name, Labels }) => [Name, Labels?.[ORIGIN_LABEL]]));
    return volumes.flatMap(({ Name, Labels }) => {
      const origin = Labels?.[ORIGIN_LABEL];
      return origin !== undefined && origins.get(markOf(Name)) === origin ? [Name] : [];
    });
  };
  return {
    unfinished,
    begin: async (project, key, folder) => {
      const name = `${project}-${key}`;
      if (await exists(name, BEGIN_DEADLINE_MS)) return;
      // A killed run may have left the mark of a volume that is gone. Its origin may be that of another run's volume.
      await removeVolume(client, markOf(name));
      const origin = randomUUID();
      await create(markOf(name), { [MARKS.label]: project, [ORIGIN_LABEL]: origin });
      // Compose adopts a volume that has its own labels, and warns about any other.
      const labels = { [ORIGIN_LABEL]: origin, [FOLDER_LABEL]: folder };
      await create(name, { [PROJECT_LABEL]: project, [keyLabel("volume")]: key, ...labels });
    },
    finish: async (name) => removeVolume(client, markOf(name)),
    discard: async (project, name) => {
      if (!(await exists(name))) return;
      if (!(await unfinished(project)).includes(name)) throw notMarked(name);
      await removeVolume(client, name);
    },
  };
}

function markOf(volume: string): string {
  return `${volume}${MARKS.suffix}`;
}

function notMarked(name: string): PlumblineError {
  return new PlumblineError("ENGINE_REFUSED", {
    what: `The volume ${name} was not removed`,
    why: "it is not known to be unfinished, so it may hold data",
    fix: "Run the command again: it plans from what is there",
  });
}
