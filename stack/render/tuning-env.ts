/** Renders tuning.env: every tuned value, under its name in the performance document. */
import type { Desired } from "../core/desire/desire.ts";
import { formatSetting } from "../core/service/setting.ts";

/** Returns lines NAME=value, each below its reason. The read-back proves that the servers have these values. */
export function renderTuningEnv({ services, profile }: Desired): string {
  const lines = [`# Profile ${profile.name}. The servers read these values from conf/; change them in the profile.`];
  for (const { name, settings, definition } of services) {
    lines.push("", `# ${name}`);
    for (const { variable, because, value, unit } of settings) {
      if (!variable) continue;
      lines.push(
        `# ${because.formula} = ${formatSetting(value, unit)}`,
        `${variable}=${definition.spell(value, unit)}`,
      );
    }
  }
  return `${lines.join("\n")}\n`;
}
