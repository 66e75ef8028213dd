/** Plans as text: what planner tests compare. */
import { planStack } from "../../../stack/core/plan/plan.ts";
import { planText } from "../../../stack/core/plan/plan-text.ts";
import type { Profile } from "../../../stack/core/profile/profile.ts";
import { desiredOf, type StackParts } from "./stack.ts";
import { World } from "../fakes/world.ts";

/** The plan of a stack in a world that was running `before` (the same stack, unless told otherwise) and then changed. */
export function planned(
  profile: Profile,
  change: (world: World) => void = () => {},
  { before = profile, ...parts }: StackParts & { readonly before?: Profile } = {},
): string {
  const world = World.running(desiredOf(before, { stack: parts.stack ?? "default" }));
  change(world);
  const desired = desiredOf(profile, parts);
  return planText(planStack(desired, world.observe(desired)));
}

/** What the plan does to containers: most tests are not about files. */
export const withoutFiles = (text: string) =>
  text
    .split("\n")
    .filter((line) => !line.startsWith("  write "))
    .join("\n");
