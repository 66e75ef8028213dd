import * as fc from "fast-check";
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

/** The lines that differ from the usual ones, but for comments, where a profile gives one setting this text. */
function linesOfText(value: string): readonly string[] {
  const settings = tune({}).map((setting) =>
    setting.name === "innodb_flush_method" ? { ...setting, value } : setting,
  );
  return renderMyCnf(settings)
    .split("\n")
    .filter((line) => !line.startsWith("#") && !linesOf({}).includes(line));
}

/** Reads one line as MySQL's mysys/my_default.cc does: the comment, then blanks, then quotes, then escapes. */
function readOption(line: string): string {
  let quote = "";
  let isEscaped = false;
  let end = line.length;
  for (let index = 0; index < line.length; index += 1) {
    const character = line.charAt(index);
    if (!isEscaped && (character === "'" || character === '"')) {
      if (quote === "") quote = character;
      else if (quote === character) quote = "";
    }
    if (quote === "" && character === "#") {
      end = index;
      break;
    }
    isEscaped = quote !== "" && character === "\\" && !isEscaped;
  }
  const value = line.slice(line.indexOf("=") + 1, end).trim();
  const isQuoted = value.length > 1 && /^["']/.test(value) && value.at(0) === value.at(-1);
  const inner = isQuoted ? value.slice(1, -1) : value;
  const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", b: "\b", s: " " };
  return inner.replaceAll(/\\([ntrbs"'\\])/g, (_, escaped: string) => escapes[escaped] ?? escaped);
}

describe("my.cnf", () => {
  test("holds every setting, each below the reason for it", () => {
    const lines = linesOf({});
    const at = lines.indexOf("innodb_buffer_pool_size = 192M");
    expect(lines[at - 1]).toMatch(/^# 192 MiB: what the worst case of everything else leaves.*L = 832 MiB/);
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

  test("holds a text of a profile on one line, as it is", () => {
    for (const text of ["O_DIRECT # x", "a\nskip-grant-tables", "'", '"', "\\", "\\n", " a ", "it's #1", ""]) {
      const lines = linesOfText(text);
      expect(lines, text).toHaveLength(1);
      expect(readOption(lines[0] ?? ""), lines[0]).toBe(text);
    }
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const [line, ...more] = linesOfText(`${text}x`);
        expect(more).toEqual([]);
        expect(readOption(line ?? "")).toBe(`${text}x`);
      }),
    );
  });

  test("holds no secret", () => {
    expect(
      linesOf({})
        .filter((line) => !line.startsWith("#"))
        .join("\n"),
    ).not.toMatch(/password/i);
  });
});
