/** Renders tuning.env: every tuned value, under its name in the performance document. */
import type { Desired } from "../core/desire/desire.ts";
import { oneLine } from "../core/printable.ts";
import { formatSetting } from "../core/service/setting.ts";
import { shellValue } from "../core/shell.ts";

/**
 * Returns lines NAME=value that a shell can read, each below its reason. The read-back proves that the servers have
 * these values.
 */
export function renderTuningEnv({ services, profile }: Desired): string {
  const head = `Profile ${profile.name}. The servers read these values from conf/; change them in the profile.`;
  const lines = [comment(head)];
  for (const { name, settings, definition } of services) {
    lines.push("", `# ${name}`);
    for (const { variable, because, value, unit } of settings) {
      if (!variable) continue;
      lines.push(
        comment(`${because.formula} = ${formatSetting(value, unit)}`),
        `${variable}=${shellValue(definition.spell(value, unit))}`,
      );
    }
  }
  return `${lines.join("\n")}\n`;
}

function comment(text: string): string {
  return `# ${oneLine(text)}`;
}
