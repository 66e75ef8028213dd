/** What PostgreSQL shows to people who develop: statistics of statements, and what is worth a line in its log. Pure. */
import type { Because, Setting } from "../../core/service/setting.ts";
import { KIB, mib } from "../../core/units.ts";
import { because, duration, MANUAL, size, text } from "./tuned-setting.ts";

export function logging(): readonly Setting[] {
  return [
    text(
      "shared_preload_libraries",
      "pg_stat_statements",
      "restart",
      manual("pg_stat_statements", "F.32: time, rows and blocks of each kind of statement, in the database postgres"),
    ),
    text(
      "track_io_timing",
      "on",
      "live",
      manual("on", "19.9.2: EXPLAIN (ANALYZE, BUFFERS) tells reading from waiting"),
    ),
    text("log_lock_waits", "on", "live", manual("on", "19.8.3: names who waits for whom, after deadlock_timeout")),
    duration(
      "log_min_duration_statement",
      1000,
      manual("1 s", "19.8.2: a statement that takes as long is worth a look; fewer lines than statements"),
    ),
    size(
      "log_temp_files",
      mib(10),
      "live",
      KIB,
      manual("10 MiB", "19.8.3: a sort or hash that work_mem was too small for, when it costs something"),
    ),
    duration(
      "idle_in_transaction_session_timeout",
      30 * 60_000,
      manual(
        "30 min",
        "19.11.1: a forgotten transaction holds locks and keeps VACUUM from work; longer than a debugger",
      ),
    ),
  ];
}

function manual(formula: string, source: string): Because {
  return because(formula, {}, `${MANUAL}, ${source}`);
}
