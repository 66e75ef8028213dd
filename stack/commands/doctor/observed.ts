/** Checks what is there of a stack against its profile: files, settings, volumes, and who else uses its name. */
import { projectName } from "../../core/stack-names.ts";
import { lockOwner } from "../../host/lock.ts";
import { baselineOf } from "../../measure/measure.ts";
import { lostVolumes } from "../volumes/lost.ts";
import { madeElsewhere } from "../request/another-clone.ts";
import { differencesOf } from "../request/differences.ts";
import type { FoundEngine } from "../request/discovery.ts";
import { observeWanted, type ObservedStack } from "../request/observed-stack.ts";
import type { Wanted } from "../request/request.ts";
import { finding, ok, warning, type Finding } from "./check.ts";

export async function checkObserved(wanted: Wanted, discovery: FoundEngine): Promise<readonly Finding[]> {
  const observed = observeWanted(wanted, discovery, { withoutImage: "left out" });
  observed.catch(() => {}); // each check below says it
  const checks = [
    finding("clones", () => checkClones(wanted, discovery)),
    finding("first starts", () => checkFirstStarts(wanted, discovery)),
    finding("generated files", async () => checkGenerated(await observed)),
    finding("lost volumes", async () => checkLostVolumes(wanted, discovery, await observed)),
    finding("settings", async () => checkSettings(await observed)),
  ];
  return (await Promise.all(checks)).flat();
}

async function checkClones({ stack, folder }: Wanted, { engine }: FoundEngine): Promise<readonly Finding[]> {
  const project = projectName(stack);
  const elsewhere = await madeElsewhere(await engine.containers(project), folder, await engine.madeVolumes(project));
  if (elsewhere.length === 0) return [ok("clones", "no other folder has a stack of this name")];
  const remedy = "Use another name here: --stack <name>. `up`, `down` and `destroy` ask before they touch that stack.";
  return [warning("clones", `the stack ${stack} was brought up from ${elsewhere.join(" and ")}`, remedy)];
}

async function checkFirstStarts({ stack, folder }: Wanted, { engine }: FoundEngine): Promise<readonly Finding[]> {
  const unfinished = await engine.firstStarts.unfinished(projectName(stack));
  if (unfinished.length === 0) return [ok("first starts", "every volume was once ready")];
  if ((await lockOwner(folder.lock))?.alive) return [ok("first starts", `${unfinished.join(", ")}: being filled now`)];
  const words = `${unfinished.join(", ")}: no server has ever answered on it`;
  return [warning("first starts", words, "`npm run up` finishes it, or makes the volume anew: it holds no data yet.")];
}

async function checkGenerated(observed: ObservedStack): Promise<readonly Finding[]> {
  const findings = [...observed.observation.files].flatMap(([path, state]): Finding[] => {
    switch (state) {
      case "same":
      case "absent":
      case "outdated":
        return [];
      case "edited": {
        const remedy = "Set the value in the profile; `npm run up` writes the file anew and keeps a copy beside it.";
        return [warning("generated files", `${path} was edited by hand`, remedy)];
      }
      case "foreign":
        return [
          warning("generated files", `${path} is your own version`, "It is left alone; remove it to get a new one."),
        ];
    }
  });
  const baseline = await baselineOf(observed);
  return [
    ...(findings.length > 0 ? findings : [ok("generated files", "none was edited by hand")]),
    baseline
      ? ok("baseline", baseline.name)
      : warning("baseline", "none for this profile on this machine", "Record one: npm run baseline -- record."),
  ];
}

async function checkLostVolumes(
  { folder }: Wanted,
  { engine }: FoundEngine,
  { desired }: ObservedStack,
): Promise<readonly Finding[]> {
  const lost = await lostVolumes(engine, desired, folder);
  if (lost.length === 0) return [ok("lost volumes", "none")];
  const remedy = "Restore a backup before `npm run up`, which makes a new and empty one.";
  return lost.map((words) => warning("lost volumes", words, remedy));
}

/** Differences that are named; `verify` names all of them. */
const NAMED = 3;

async function checkSettings(observed: ObservedStack): Promise<readonly Finding[]> {
  const { containers } = observed.observation;
  if (!containers.some(({ state }) => state === "running")) return [ok("settings", "not compared: nothing runs")];
  const { differences } = await differencesOf(observed);
  if (differences.length === 0) return [ok("settings", "everything that runs is as the profile says")];
  const more = differences.length > NAMED ? `; and ${differences.length - NAMED} more` : "";
  const words = `${differences.slice(0, NAMED).join("; ")}${more}`;
  return [warning("settings", words, "`npm run verify` lists every difference, and `npm run up` puts them right.")];
}
