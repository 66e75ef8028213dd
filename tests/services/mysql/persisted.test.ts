import { describe, expect, test } from "vitest";
import { persisted } from "../../../stack/services/mysql/persisted.ts";

const metadata = { Metadata: { Host: "%", User: "root", Timestamp: 1 } };
/** As MySQL 9.7 writes it. */
const TEXT = JSON.stringify({
  Version: 2,
  mysql_dynamic_variables: { max_connections: { Value: "7", ...metadata } },
  mysql_static_variables: { innodb_buffer_pool_chunk_size: { Value: "1048576", ...metadata } },
  mysql_dynamic_parse_early_variables: { gtid_mode: { Value: "ON", ...metadata } },
});

describe("mysqld-auto.cnf", () => {
  test("must be read in all its groups", () => {
    expect(persisted.read(TEXT)).toEqual({
      values: new Map([
        ["max_connections", "7"],
        ["innodb_buffer_pool_chunk_size", "1048576"],
        ["gtid_mode", "ON"],
      ]),
    });
  });

  test("must lose what is named, and keep the rest as it is", () => {
    const rest: unknown = JSON.parse(persisted.without(TEXT, new Set(["max_connections", "gtid_mode"])));
    expect(rest).toEqual({
      Version: 2,
      mysql_dynamic_variables: {},
      mysql_static_variables: { innodb_buffer_pool_chunk_size: { Value: "1048576", ...metadata } },
      mysql_dynamic_parse_early_variables: {},
    });
  });

  test.each(["", "{", "[]", "null", "{}", '{ "Version'])(
    "must be at fault with %j, and become an empty one",
    (text) => {
      expect(persisted.read(text).fault).toMatch(/no JSON|refuses/);
      expect(persisted.without(text, new Set())).toBe('{"Version":2}');
    },
  );
});
