/** Has a server write what it holds in memory only, before it is ended. */
import type { ContainerAction } from "../../core/plan/action.ts";
import { messageOf, PlumblineError } from "../../core/errors.ts";
import { instanceOf, serviceOf } from "../../core/plan/lookup.ts";
import { withDeadline } from "../../host/deadline.ts";
import { targetOf } from "../targets.ts";
import { LIVE_DEADLINE_MS, type LiveContext } from "./apply-live.ts";

type Save = ContainerAction & { readonly kind: "save-data" };

/** Rejects with NOT_CONVERGED if the server cannot write them; it then keeps them in memory, and runs on. */
export async function saveData(action: Save, { world, desired, containers }: LiveContext): Promise<void> {
  const { instance, service } = action;
  const target = targetOf(instanceOf(desired, action), { ...world, containers });
  if (!target) throw new Error(`${instance} does not run`);
  const live = await serviceOf(desired, service).definition.live();
  const connection = await live.connect(target);
  try {
    if (!connection.save) throw new Error(`${service} has nothing to save`);
    await withDeadline(connection.save(), LIVE_DEADLINE_MS, `${instance} did not write its data in time`);
  } catch (error) {
    throw new PlumblineError("NOT_CONVERGED", {
      what: `The data that ${instance} holds in memory could not be written; it runs on with them`,
      why: messageOf(error),
      fix: `Look at its log with \`npm run logs -- ${instance}\`, make room on the disk if it lacks some, then run \`npm run up\` again`,
      cause: error,
    });
  } finally {
    await connection.close();
  }
}
