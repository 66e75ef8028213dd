import { describe, expect, test } from "vitest";
import { computerProcesses, controlGroupsOf } from "../../stack/host/processes.ts";
import { realHost } from "../../stack/host/host.ts";
import { fakeHost } from "../support/fakes/host.ts";

/** A line of /proc/<pid>/stat up to its 22nd field. */
const stat = (pid: number, command: string, flags = 0) =>
  `${pid} (${command}) S 7 ${pid} ${pid} 0 -1 ${flags} 1 2 3 4 150 50 300 100 20 0 1 0 98765 1000 200`;

describe("the processes of this computer", () => {
  test("are read from /proc on Linux, with the time of children that ended, whatever their names contain", async () => {
    const host = fakeHost();
    host.files.set("/proc/12/stat", stat(12, "a (b) c"));
    host.files.set("/proc/13/status", "no stat: it ended meanwhile");
    host.files.set("/proc/uptime", "1 2");
    expect(await computerProcesses(host)).toEqual([
      { pid: 12, parent: 7, startedAt: "98765", command: "a (b) c", cpuS: 2, endedS: 4 },
    ]);
  });

  test("do not include the kernel's own threads", async () => {
    const host = fakeHost();
    host.files.set("/proc/15/stat", stat(15, "ksoftirqd/0", 0x04208040));
    host.files.set("/proc/16/stat", stat(16, "cc1", 0x00400000));
    expect((await computerProcesses(host)).map(({ command }) => command)).toEqual(["cc1"]);
  });

  test("show no control characters, which a process may put into its name", async () => {
    const host = fakeHost();
    host.files.set("/proc/9/stat", stat(9, "red\u001b[31m\nend"));
    expect((await computerProcesses(host))[0]?.command).toBe("red?[31m?end");
  });

  test("come from ps elsewhere, named without folder, with hundredths, hours and days", async () => {
    const stdout = [
      "    1     0   0:09.55 /sbin/launchd",
      "  812     1  62:02.50 /Applications/A Browser.app/Contents/MacOS/A Browser",
      "  813   812 1-02:03:04 worker",
      "no process",
      "",
    ].join("\n");
    const host = fakeHost({ platform: "darwin", answer: () => ({ stdout }) });
    expect(await computerProcesses(host)).toEqual([
      { pid: 1, parent: 0, startedAt: "", command: "launchd", cpuS: 9.55, endedS: 0 },
      { pid: 812, parent: 1, startedAt: "", command: "A Browser", cpuS: 62 * 60 + 2.5, endedS: 0 },
      { pid: 813, parent: 812, startedAt: "", command: "worker", cpuS: 26 * 3600 + 184, endedS: 0 },
    ]);
  });

  test("are none where the system does not list them", async () => {
    expect(await computerProcesses(fakeHost({ platform: "other", answer: () => ({ exitCode: 1 }) }))).toEqual([]);
    expect(await computerProcesses(fakeHost())).toEqual([]);
  });

  test("include this one, with the time that it used", async () => {
    const found = (await computerProcesses(realHost())).find(({ pid }) => pid === process.pid);
    expect(found?.parent).toBe(process.ppid);
    expect(found?.cpuS).toBeGreaterThan(0);
    expect(found?.cpuS).toBeLessThan(process.uptime() * realHost().cpus + 1);
  });
});

describe("the control groups of a process", () => {
  test("are empty where there are none, or the process has ended", async () => {
    expect(await controlGroupsOf(fakeHost({ platform: "darwin" }), 4)).toBe("");
    expect(await controlGroupsOf(fakeHost(), 4)).toBe("");
  });
});
