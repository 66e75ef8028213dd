import { describe, expect, test } from "vitest";
import { parseCounters } from "../../stack/docker/counters.ts";

const MACHINE = `=/proc/uptime
764.24 442.15
=/proc/sys/kernel/random/boot_id
0f0e-1
=/proc/stat
cpu  1000 10 500 44215 2129 20 30 1417 0 0`.split("\n");

/** Kernel 6.18, cgroup v1, memory and swap limited to the same number. */
const LEGACY = `=/sys/fs/cgroup/cpu/cpu.stat
nr_periods 57
nr_throttled 5
throttled_time 999
=/sys/fs/cgroup/cpuacct/cpuacct.usage
1757270599
=/sys/fs/cgroup/memory/memory.usage_in_bytes
96333824
=/sys/fs/cgroup/memory/memory.stat
inactive_file 1
total_inactive_file 35553280
total_workingset_refault_anon 2
total_workingset_refault_file 17
=/sys/fs/cgroup/memory/memory.failcnt
0
=/sys/fs/cgroup/memory/memory.memsw.failcnt
12
=/sys/fs/cgroup/memory/memory.oom_control
oom_kill_disable 0
under_oom 0
oom_kill 1`.split("\n");

const UNIFIED = `=/sys/fs/cgroup/cpu.stat
usage_usec 2500000
user_usec 1
nr_periods 10
nr_throttled 4
=/sys/fs/cgroup/memory.current
1000000
=/sys/fs/cgroup/memory.stat
anon 5
inactive_file 200000
workingset_refault_anon 1
workingset_refault_file 3
=/sys/fs/cgroup/memory.events
low 0
max 8
oom 2
oom_kill 1`.split("\n");

function pressure(folder: string, name: (resource: string) => string, total: number): readonly string[] {
  return ["cpu", "io", "memory"].flatMap((resource) => [
    `=${folder}/${name(resource)}`,
    `some avg10=1.00 avg60=2.00 avg300=3.00 total=${total}`,
    "full avg10=0.00 avg60=0.00 avg300=0.00 total=7",
  ]);
}

describe("the kernel's counters of a container", () => {
  test("are read from cgroup v1, with the limit hits of memory and swap, which share one limit", () => {
    expect(parseCounters([...LEGACY, ...MACHINE])).toEqual({
      atS: 764.24,
      cpuS: 1.757270599,
      periods: 57,
      throttledPeriods: 5,
      memory: 96333824 - 35553280,
      limitHits: 12,
      oomKills: 1,
      pagesReread: 19,
      machine: { bootId: "0f0e-1", cpuS: 15.6, stealS: 14.17 },
    });
  });

  test("are read from cgroup v2, with the pressure on the container and on the machine", () => {
    const files = [
      ...UNIFIED,
      ...pressure("/sys/fs/cgroup", (resource) => `${resource}.pressure`, 2_000_000),
      ...pressure("/proc/pressure", (resource) => resource, 9_000_000),
    ];
    expect(parseCounters([...files, ...MACHINE])).toEqual({
      atS: 764.24,
      cpuS: 2.5,
      periods: 10,
      throttledPeriods: 4,
      memory: 800_000,
      limitHits: 8,
      oomKills: 1,
      pagesReread: 4,
      stalled: { cpu: 2, io: 2, memory: 2 },
      machine: { bootId: "0f0e-1", cpuS: 15.6, stealS: 14.17, stalled: { cpu: 9, io: 9, memory: 9 } },
    });
  });

  test("are those of the container where a machine of version 1 has a hierarchy of version 2 beside it", () => {
    expect(parseCounters([...LEGACY, "=/sys/fs/cgroup/memory.stat", "anon 1", ...MACHINE])?.periods).toBe(57);
  });

  test("are none where the files tell nothing of a container", () => {
    expect(parseCounters(MACHINE)).toBeUndefined();
    expect(parseCounters(LEGACY)).toBeUndefined();
  });
});
