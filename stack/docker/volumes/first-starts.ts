/** Marks volumes whose servers have never answered, so that an unfinished first start can be told from a person's data. */
import { randomUUID } from "node:crypto";
import type { FirstStarts } from "../../core/machine/engine.ts";
import { PlumblineError } from "../../core/errors.ts";
import { QUICK_DEADLINE_MS, type Client } from "../client.ts";
import { PROJECT_LABEL } from "../containers.ts";
import { keyLabel } from "../inspection/guests.ts";
import { FOLDER_LABEL, removeVolume } from "./volumes.ts";

/** The same random text on a volume and on its mark: a volume that took the name later is not the marked one. */
const ORIGIN_LABEL = "plumbline.volume.origin";
const MARKS_LABEL = "plumbline.unfinished";
/** An engine whose machine has just booted takes long for a volume, as it does for the containers that follow. */
const BEGIN_DEADLINE_MS = 120_000;

/**
 * The labels of a volume cannot change, so the mark is a second, empty volume that exists until the server has answered.
 * It marks what is unfinished and not what is finished: if it is lost, for example by `docker volume prune`, the data are
 * kept.
 */
export function openFirstStarts(client: Client): FirstStarts {
  const labelled = async (label: string): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> => {
    const { Volumes } = await client.call("volume", "list volumes", QUICK_DEADLINE_MS, (abortSignal) =>
      client.docker.listVolumes({ filters: { label: [label] }, abortSignal }),
    );
    return new Map(Volumes.map(({ Name, Labels }) => [Name, Labels ?? {}]));
  };
  const create = (Name: string, Labels: Record<string, string>) =>
    client.call("volume", `create the volume ${Name}`, BEGIN_DEADLINE_MS, (abortSignal): Promise<unknown> =>
      client.docker.createVolume({ Name, Labels, abortSignal }),
    );
  const exists = async (name: string, deadlineMs = QUICK_DEADLINE_MS) => {
    const { Volumes } = await client.call("volume", "list volumes", deadlineMs, (abortSignal) =>
      client.docker.listVolumes({ filters: { name: [name] }, abortSignal }),
    );
    return Volumes.some(({ Name }) => Name === name);
  };
  const unfinished = async (project: string): Promise<readonly string[]> => {
    const [marks, volumes] = await Promise.all([
      labelled(`${MARKS_LABEL}=${project}`),
      labelled(`${PROJECT_LABEL}=${project}`),
    ]);
    return [...volumes].flatMap(([name, labels]) => {
      const origin = labels[ORIGIN_LABEL];
      return origin !== undefined && marks.get(markOf(name))?.[ORIGIN_LABEL] === origin ? [name] : [];
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
      await create(markOf(name), { [MARKS_LABEL]: project, [ORIGIN_LABEL]: origin });
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
    tidy: async (project) => {
      const marks = [...(await labelled(`${MARKS_LABEL}=${project}`)).keys()];
      for (const mark of marks) if (!(await exists(mark.slice(0, -MARK.length)))) await removeVolume(client, mark);
    },
  };
}

const MARK = ".unfinished";

function markOf(volume: string): string {
  return `${volume}${MARK}`;
}

function notMarked(name: string): PlumblineError {
  return new PlumblineError("ENGINE_REFUSED", {
    what: `The volume ${name} was not removed`,
    why: "it is not known to be unfinished, so it may hold data",
    fix: "Run the command again: it plans from what is there",
  });
}
