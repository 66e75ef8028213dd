import { expect, test } from "vitest";
import { operations } from "../../../../stack/services/kit/postgresql/operations.ts";
import { parsePgbench } from "../../../../stack/services/kit/postgresql/pgbench.ts";

/** pgbench 18 --time=1 --client=5 --jobs=2 --protocol=prepared --log, and the percentile of its log. */
const OUTPUT = `pgbench (18.6 (Debian 18.6-3))
transaction type: script
scaling factor: 1
query mode: prepared
number of clients: 5
number of threads: 2
maximum number of tries: 1
duration: 1 s
number of transactions actually processed: 9021
number of failed transactions: 0 (0.000%)
latency average = 0.551 ms
initial connection time = 27.480 ms
tps = 9065.430741 (without initial connection time)
p95 = 1204 us
`;

test("pgbench's summary is read in full", () => {
  expect(parsePgbench(OUTPUT)).toEqual({ throughput: 9065.430741, operations: 9021, meanMs: 0.551, p95Ms: 1.204 });
});

test.each(["tps", "number of transactions", "latency average", "p95"])(
  "a summary without its %s is refused",
  (line) => {
    const cut = OUTPUT.split("\n").filter((text) => !text.startsWith(line));
    expect(() => parsePgbench(cut.join("\n"))).toThrow(/pgbench printed no/);
  },
);

const scripts = new Map(operations("bench_postgres").map(({ name, script }) => [name, script]));

test("pgbench's TPC-B is its own script, statement by statement", () => {
  // `pgbench --show-script=tpcb-like`, with our schema and row counts, and its comment and capitals left out.
  expect(scripts.get("tpc-b")?.split("\n")).toEqual([
    "\\set aid random(1, 1000000)",
    "\\set tid random(1, 100)",
    "\\set bid random(1, 10)",
    "\\set delta random(-5000, 5000)",
    "begin;",
    "update bench_postgres.pgbench_accounts set abalance = abalance + :delta where aid = :aid;",
    "select abalance from bench_postgres.pgbench_accounts where aid = :aid;",
    "update bench_postgres.pgbench_tellers set tbalance = tbalance + :delta where tid = :tid;",
    "update bench_postgres.pgbench_branches set bbalance = bbalance + :delta where bid = :bid;",
    "insert into bench_postgres.pgbench_history (tid, bid, aid, delta, mtime) values (:tid, :bid, :aid, :delta, current_timestamp);",
    "commit;",
    "",
  ]);
});

test("every operation has a script but the one that must refill its table", () => {
  expect([...scripts].filter(([, script]) => script === undefined).map(([name]) => name)).toEqual(["delete"]);
});

test("no script names a table without the benchmarks' schema", () => {
  for (const script of scripts.values()) {
    for (const [, table] of (script ?? "").matchAll(/(?:from|into|update|join) (\S+)/g)) {
      expect(table).toMatch(/^bench_postgres\./);
    }
  }
});

const plain = (text: string) => text.replaceAll(/(?<!:):[a-z]+|\$\d/g, "?").replace(/;$| \\gset$/, "");

test("what the client sends is the script's text, with numbers in place of names", async () => {
  const sent: string[] = [];
  const client = {
    query: async (query: string | { readonly text: string; readonly values: readonly unknown[] }) => {
      const text = typeof query === "string" ? query : query.text;
      sent.push(text);
      if (typeof query !== "string") expect(query.values).toHaveLength(new Set(text.match(/\$\d/g)).size);
      return { rowCount: 1, rows: [{ id: 7 }] };
    },
  };
  for (const operation of operations("bench_postgres")) {
    const { script, name } = operation;
    if (script === undefined) continue;
    sent.length = 0;
    // @ts-expect-error: of the client only `query` is used.
    await operation.start()(client);
    const lines = script.split("\n").filter((line) => line !== "" && !line.startsWith("\\"));
    expect(sent.map(plain), name).toEqual(lines.map(plain));
  }
});
