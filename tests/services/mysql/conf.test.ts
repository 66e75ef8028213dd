import { describe, expect, test } from "vitest";
import { gib, mib } from "../../../stack/core/units.ts";
import { renderMyCnf } from "../../../stack/services/mysql/conf.ts";
import { mysql } from "../../../stack/services/mysql/index.ts";

const tune = (options: unknown) =>
  mysql.configure(options).tune({
    share: { memory: mib(832), cpus: 2 },
    machine: { cpus: 4, memory: gib(8) },
    workload: { kind: "web", clients: 8, connections: 100 },
  });

const linesOf = (options: unknown) => renderMyCnf(tune(options)).split("\n");

describe("my.cnf", () => {
  test("holds every setting, each below the reason for it", () => {
    const lines = linesOf({});
    const at = lines.indexOf("innodb_buffer_pool_size = 416M");
    expect(lines[at - 1]).toMatch(/^# 416 MiB: 0\.45 to 0\.5 × L.*L = 832 MiB/);
    for (const { name } of tune({}).filter((setting) => setting.name !== "log_bin")) {
      expect(lines.filter((line) => line.startsWith(`${name} = `))).toHaveLength(1);
    }
  });

  test("has a reason above each line that sets something", () => {
    const lines = linesOf({});
    const settings = lines.slice(0, lines.indexOf("[client]"));
    for (const [index, line] of settings.entries()) {
      if (/^[a-z]/.test(line)) expect(settings[index - 1]).toMatch(/^# ./);
    }
  });

  test("turns the binary log off by the option that does so, and on under a name", () => {
    expect(linesOf({})).toContain("skip_log_bin");
    expect(linesOf({ binaryLog: true })).toContain("log_bin = binlog");
  });

  test("holds no secret", () => {
    expect(
      linesOf({})
        .filter((line) => !line.startsWith("#"))
        .join("\n"),
    ).not.toMatch(/password/i);
  });
});
