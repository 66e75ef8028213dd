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
throttled_time 2500000000
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
throttled_usec 750000
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
      throttledS: 2.5,
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
      throttledS: 0.75,
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

  test("leave out the cpu time of the shell that reads them", () => {
    const own = ["=reader", "96 250000000 12 7"];
    expect(parseCounters([...LEGACY, ...own, ...MACHINE])?.cpuS).toBeCloseTo(1.507270599);
    expect(parseCounters([...UNIFIED, ...own, ...MACHINE])?.cpuS).toBeCloseTo(2.25);
  });

  test("hold the scheduler's times of every thread but the reader's", () => {
    const threads = [
      "=reader",
      "96 1 1 1",
      "=threads",
      "/proc/1/task/1/schedstat 2000000000 500000000 148",
      "/proc/1/task/7/schedstat 0 0 0",
      "/proc/96/task/96/schedstat 1 1 1",
    ];
    expect(parseCounters([...UNIFIED, ...threads, ...MACHINE])?.threads).toEqual(
      new Map([
        [1, { ranS: 2, waitedS: 0.5, timeslices: 148 }],
        [7, { ranS: 0, waitedS: 0, timeslices: 0 }],
      ]),
    );
    const uncounted = ["=threads", "/proc/1/task/1/schedstat 2000000000 0 0"];
    expect(parseCounters([...UNIFIED, ...uncounted, ...MACHINE])?.threads).toBeUndefined();
  });

  test("sum the bytes of all block devices: none before the first access in version 2", () => {
    const io = ["=/sys/fs/cgroup/io.stat", "8:0 rbytes=10 wbytes=20 rios=1 wios=2 dbytes=0 dios=0", "8:16 rbytes=5"];
    expect(parseCounters([...UNIFIED, ...io, ...MACHINE])?.io).toEqual({ readBytes: 15, writtenBytes: 20 });
    const none = ["=/sys/fs/cgroup/io.stat"];
    expect(parseCounters([...UNIFIED, ...none, ...MACHINE])?.io).toEqual({ readBytes: 0, writtenBytes: 0 });
    expect(parseCounters([...UNIFIED, ...MACHINE])?.io).toBeUndefined();
  });

  test("know no bytes in version 1 where the kernel counts none without a limit", () => {
    const file = "=/sys/fs/cgroup/blkio/blkio.throttle.io_service_bytes";
    const counted = [file, "8:0 Read 10", "8:0 Write 20", "8:0 Sync 30", "8:0 Total 30", "8:16 Write 5", "Total 35"];
    expect(parseCounters([...LEGACY, ...counted, ...MACHINE])?.io).toEqual({ readBytes: 10, writtenBytes: 25 });
    expect(parseCounters([...LEGACY, file, "Total 0", ...MACHINE])?.io).toBeUndefined();
  });

  test("count the packets of all network interfaces but the loopback's", () => {
    const devices = `=/proc/net/dev
Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:     100       9    0    0    0     0          0         0      100       9    0    0    0     0       0          0
  eth0:     946      11    0    0    0     0          0         0      500       4    0    0    0     0       0          0
  eth1:1234567890 3 0 0 0 0 0 0 50 2 0 0 0 0 0 0`.split("\n");
    expect(parseCounters([...UNIFIED, ...devices, ...MACHINE])?.packets).toBe(20);
  });

  test("are none where the files tell nothing of a container", () => {
    expect(parseCounters(MACHINE)).toBeUndefined();
    expect(parseCounters(LEGACY)).toBeUndefined();
  });
});
