import { describe, expect, test } from "vitest";
import type { Confinement } from "../../../stack/core/service/confinement.ts";
import { confinementIn } from "../../../stack/docker/inspection/confinement.ts";
import { UNCONFINED } from "../../support/core/container.ts";

interface Parts {
  readonly host?: Readonly<Record<string, unknown>>;
  readonly ports?: Readonly<Record<string, unknown>> | null;
  readonly mounts?: readonly unknown[] | null;
}

/** What an engine returns for a container that was created without any option. */
const BARE = {
  Privileged: false,
  CapAdd: null,
  CapDrop: null,
  SecurityOpt: null,
  GroupAdd: null,
  PidsLimit: null,
  ReadonlyRootfs: false,
  PidMode: "",
  IpcMode: "private",
  NetworkMode: "default",
  UTSMode: "",
  UsernsMode: "",
  CgroupnsMode: "host",
  Devices: [],
  PortBindings: {},
};

const read = ({ host = {}, ports = {}, mounts = [] }: Parts): Confinement =>
  confinementIn({ HostConfig: { ...BARE, ...host }, NetworkSettings: { Ports: ports }, Mounts: mounts });

test("a container without options must have what engines give unasked, whatever they leave out of their answer", () => {
  expect(read({})).toEqual(UNCONFINED);
  expect(read({ ports: null, mounts: null })).toEqual(UNCONFINED);
  expect(confinementIn({ HostConfig: {}, NetworkSettings: {} })).toEqual(UNCONFINED);
});

describe("the same must be read from every version's spelling", () => {
  test.each([[["CHOWN", "SETUID"]], [["CAP_CHOWN", "CAP_SETUID"]], [["cap_chown", "setuid"]]])(
    "capabilities: %j",
    (names) => {
      expect(read({ host: { CapAdd: names, CapDrop: ["ALL"] } })).toMatchObject({
        addedCapabilities: ["CHOWN", "SETUID"],
        droppedCapabilities: ["ALL"],
      });
    },
  );

  test.each(["no-new-privileges", "no-new-privileges:true", "no-new-privileges=true"])("option: %s", (option) => {
    expect(read({ host: { SecurityOpt: [option] } }).securityOptions).toEqual(["no-new-privileges:true"]);
  });

  test.each([
    [1024, 1024],
    [0, 0],
    [-1, 0],
    [null, 0],
  ])("limit of processes: %j", (limit, processes) => {
    expect(read({ host: { PidsLimit: limit } }).processes).toBe(processes);
  });

  test.each([
    [[{ Name: "nofile", Soft: 65_536, Hard: 65_536 }], 65_536],
    [[{ Name: "nproc", Soft: 9, Hard: 9 }], 0],
    [[{ Name: "nofile", Soft: 1024, Hard: 65_536 }], 0],
    [[], 0],
    [null, 0],
  ])("limit of open files: %j", (limits, openFiles) => {
    expect(read({ host: { Ulimits: limits } }).openFiles).toBe(openFiles);
  });
});

describe("what somebody added by hand must be seen:", () => {
  test("privileges, a profile of its own, devices and groups", () => {
    const profile = `seccomp=${JSON.stringify({ defaultAction: "SCMP_ACT_ALLOW", names: "x".repeat(9000) })}`;
    const found = read({
      host: {
        Privileged: true,
        SecurityOpt: ["apparmor=unconfined", profile],
        Devices: [{ PathOnHost: "/dev/sda", PathInContainer: "/dev/sda", CgroupPermissions: "rwm" }],
        GroupAdd: ["0"],
        ReadonlyRootfs: true,
      },
    });
    expect(found).toMatchObject({ privileged: true, devices: ["/dev/sda"], groups: ["0"], readOnlyRoot: true });
    expect(found.securityOptions[0]).toBe("apparmor:unconfined");
    expect(found.securityOptions[1]).toMatch(/^seccomp:\{"defaultAction"/);
    expect(found.securityOptions[1]?.length).toBeLessThan(100);
  });

  test("namespaces of the machine and of other containers, but not that of cgroups", () => {
    const modes = {
      PidMode: "host",
      IpcMode: "container:abc",
      NetworkMode: "host",
      UTSMode: "host",
      UsernsMode: "host",
    };
    expect(read({ host: modes }).sharedNamespaces).toEqual([
      "pid: host",
      "ipc: container:abc",
      "network_mode: host",
      "uts: host",
      "userns_mode: host",
    ]);
    expect(read({ host: { NetworkMode: "plumbline-data", IpcMode: "shareable" } }).sharedNamespaces).toEqual([]);
  });

  test("a label that was switched off, unless the engine does so itself for one that sees the machine's processes", () => {
    const host = { SecurityOpt: ["no-new-privileges:true", "label=disable"] };
    expect(read({ host }).securityOptions).toEqual(["no-new-privileges:true", "label:disable"]);
    expect(read({ host: { ...host, PidMode: "host" } }).securityOptions).toEqual(["no-new-privileges:true"]);
  });

  test("devices by rule and by request, and paths of the kernel that are not hidden", () => {
    const host = {
      DeviceCgroupRules: ["c 10:200 rwm"],
      DeviceRequests: [{ Driver: "nvidia", Count: -1, DeviceIDs: null, Capabilities: [["gpu"]], Options: {} }],
      MaskedPaths: [],
    };
    expect(read({ host })).toMatchObject({
      devices: ["rule c 10:200 rwm", "request nvidia -1"],
      securityOptions: ["systempaths:unconfined"],
    });
    expect(read({ host: { MaskedPaths: ["/proc/kcore"] } }).securityOptions).toEqual([]);
    expect(read({ host: { MaskedPaths: null, Privileged: true } }).securityOptions).toEqual([]);
  });

  test("options that no container of a stack has", () => {
    const host = {
      Sysctls: { "net.ipv4.ip_forward": "1" },
      ExtraHosts: ["postgres:10.0.0.9"],
      Dns: ["10.0.0.9"],
      Links: ["/other:/shop/other"],
      RestartPolicy: { Name: "always", MaximumRetryCount: 0 },
      CgroupParent: "/free",
      OomKillDisable: true,
      OomScoreAdj: -900,
    };
    expect(read({ host }).otherOptions).toEqual([
      "sysctl net.ipv4.ip_forward=1",
      "extra_hosts postgres:10.0.0.9",
      "dns 10.0.0.9",
      "link /other:/shop/other",
      "restart always",
      "cgroup_parent /free",
      "oom_kill_disable",
      "oom_score_adj -900",
    ]);
    expect(read({ host: { RestartPolicy: { Name: "no" }, OomKillDisable: false } }).otherOptions).toEqual([]);
  });

  test("networks, the user, and that of the image", () => {
    const inspection = {
      HostConfig: BARE,
      Config: { User: "root" },
      NetworkSettings: { Networks: { "plumbline-data": {}, somebodys: {} }, Ports: {} },
    };
    expect(confinementIn(inspection, "redis")).toMatchObject({
      networks: ["plumbline-data", "somebodys"],
      user: "root",
      imageUser: "redis",
    });
  });

  test("ports as set and as published, each once, on whichever address", () => {
    const bound = [{ HostIp: "127.0.0.1", HostPort: "6379" }];
    const found = read({
      host: { PortBindings: { "6379/tcp": bound, "53/udp": [{ HostIp: "", HostPort: "53" }] } },
      ports: { "6379/tcp": [...bound, { HostIp: "::", HostPort: "6379" }], "9/tcp": null },
    });
    expect(found.ports).toEqual(["127.0.0.1:6379:6379/tcp", "0.0.0.0:53:53/udp", "[::]:6379:6379/tcp"]);
  });

  test("ports of a container that does not run", () => {
    const host = { PortBindings: { "6379/tcp": [{ HostIp: "0.0.0.0", HostPort: "6379" }] } };
    expect(read({ host, ports: {} }).ports).toEqual(["0.0.0.0:6379:6379/tcp"]);
  });

  test("mounts of the machine and named volumes, with what can be written", () => {
    const mounts = [
      {
        Type: "bind",
        Source: "/srv/conf",
        Destination: "/etc/plumbline",
        Mode: "",
        RW: false,
        Propagation: "rprivate",
      },
      {
        Type: "volume",
        Name: "plumbline-store-data",
        Source: "/var/lib/docker/volumes/plumbline-store-data/_data",
        Destination: "/data",
        Driver: "local",
        Mode: "z",
        RW: true,
      },
    ];
    expect(read({ mounts }).mounts).toEqual([
      { source: "/srv/conf", target: "/etc/plumbline", writable: false },
      { source: "plumbline-store-data", target: "/data", writable: true },
    ]);
  });
});

test("a volume that the image declares, and a file system in memory, must count for nothing", () => {
  const name = "0123456789abcdef".repeat(4);
  const mounts = [
    { Type: "volume", Name: name, Source: `/var/lib/docker/volumes/${name}/_data`, Destination: "/cache", RW: true },
    { Type: "tmpfs", Source: "", Destination: "/tmp", RW: true },
  ];
  expect(read({ mounts }).mounts).toEqual([]);
});

test.each(["/host_mnt/Users/ada/conf", "/run/desktop/mnt/host/c/Users/ada/conf", "/host_mnt"])(
  "a path that Docker Desktop reports in place of the host's must be unknown: %s",
  (path) => {
    const mounts = [{ Type: "bind", Source: path, Destination: "/etc/plumbline", RW: false }];
    expect(read({ mounts }).mounts).toEqual([{ target: "/etc/plumbline", writable: false }]);
  },
);
