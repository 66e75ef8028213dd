import { describe, expect, test } from "vitest";
import { deviationOf, type Confinement } from "../../../stack/core/service/confinement.ts";
import { UNCONFINED } from "../../support/core/container.ts";

const FOLDER = "/home/ada/.plumbline/shop";

const WANTED: Confinement = {
  ...UNCONFINED,
  addedCapabilities: ["CHOWN", "SETUID"],
  droppedCapabilities: ["ALL"],
  securityOptions: ["no-new-privileges:true"],
  processes: 1024,
  openFiles: 65_536,
  ports: ["127.0.0.1:6379:6379/tcp"],
  networks: ["plumbline-shop-data"],
  mounts: [
    { source: "plumbline-shop-store-data", target: "/data", writable: true },
    { source: "./conf/store", target: "/etc/plumbline", writable: false },
  ],
};

/** As an engine reports it: with the whole path. */
const FOUND: Confinement = {
  ...WANTED,
  user: "keeper",
  imageUser: "keeper",
  mounts: [
    { source: `${FOLDER}/conf/store`, target: "/etc/plumbline", writable: false },
    { source: "plumbline-shop-store-data", target: "/data", writable: true },
  ],
};

const withParts = (parts: Partial<Confinement>) => deviationOf(WANTED, { ...FOUND, ...parts }, FOLDER);

describe("a container", () => {
  test("must be as wanted in whatever order the engine lists its parts", () => {
    expect(withParts({ addedCapabilities: ["SETUID", "CHOWN"] })).toBeUndefined();
  });

  test.each<readonly [string, Partial<Confinement>, string]>([
    ["privileges", { privileged: true }, "it has privileged beyond its definition"],
    [
      "one capability more",
      { addedCapabilities: ["CHOWN", "SETUID", "SYS_ADMIN"] },
      "it has cap_add SYS_ADMIN beyond its definition",
    ],
    ["one less", { addedCapabilities: ["CHOWN"] }, "it lacks cap_add SETUID"],
    ["the capabilities that engines give", { droppedCapabilities: [] }, "it lacks cap_drop ALL"],
    ["ways to gain rights", { securityOptions: [] }, "it lacks security_opt no-new-privileges:true"],
    ["no limit of processes", { processes: 0 }, "it lacks pids_limit 1024"],
    ["another one", { processes: 9 }, "it has pids_limit 9 beyond its definition, and it lacks pids_limit 1024"],
    ["the engine's limit of open files", { openFiles: 0 }, "it lacks nofile 65536"],
    ["a root that it cannot write", { readOnlyRoot: true }, "it has read_only beyond its definition"],
    ["the machine's processes", { sharedNamespaces: ["pid: host"] }, "it has pid: host beyond its definition"],
    ["a group", { groups: ["0"] }, "it has group_add 0 beyond its definition"],
    ["a device", { devices: ["/dev/sda"] }, "it has device /dev/sda beyond its definition"],
    [
      "another address",
      { ports: ["127.0.0.2:6379:6379/tcp", "127.0.0.1:6379:6379/tcp"] },
      "it has port 127.0.0.2:6379:6379/tcp beyond its definition",
    ],
    [
      "a mount of the machine",
      { mounts: [...FOUND.mounts, { source: "/", target: "/machine", writable: true }] },
      "it has mount / at /machine, writable beyond its definition",
    ],
    [
      "a mount that it can write",
      { mounts: FOUND.mounts.map((mount) => ({ ...mount, writable: true })) },
      `it has mount ${FOLDER}/conf/store at /etc/plumbline, writable beyond its definition, ` +
        `and it lacks mount ${FOLDER}/conf/store at /etc/plumbline, read-only`,
    ],
    [
      "a network more",
      { networks: ["plumbline-shop-data", "somebodys"] },
      "it has network somebodys beyond its definition",
    ],
    ["no network", { networks: [] }, "it lacks network plumbline-shop-data"],
    ["another user", { user: "0" }, "it has user 0 beyond its definition, and it lacks user keeper"],
    [
      "options that no container has",
      { otherOptions: ["restart always"] },
      "it has restart always beyond its definition",
    ],
    ["no volume", { mounts: FOUND.mounts.slice(0, 1) }, "it lacks mount plumbline-shop-store-data at /data, writable"],
  ])("that has %s must be told, part by part", (_, parts, text) => {
    expect(withParts(parts)).toBe(text);
  });

  test("whose engine does not report a mount's source must count as wanted if the rest is equal", () => {
    const hidden = (writable: boolean) =>
      FOUND.mounts.map((mount) => (mount.target === "/data" ? mount : { target: mount.target, writable }));
    expect(withParts({ mounts: hidden(false) })).toBeUndefined();
    expect(withParts({ mounts: hidden(true) })).toContain("at /etc/plumbline, writable beyond its definition");
    const more = [...FOUND.mounts, { target: "/machine", writable: false }];
    expect(withParts({ mounts: more })).toBe(
      "it has mount an unknown path at /machine, read-only beyond its definition",
    );
  });

  test("whose image is gone must count as run by the image's user, unless its service names another", () => {
    const { imageUser: _, ...found } = FOUND;
    expect(deviationOf(WANTED, found, FOLDER)).toBeUndefined();
    expect(deviationOf({ ...WANTED, user: "65534" }, found, FOLDER)).toBe(
      "it has user keeper beyond its definition, and it lacks user 65534",
    );
  });

  test("whose service names the user of its image must be as wanted", () => {
    expect(deviationOf({ ...WANTED, user: "keeper" }, FOUND, FOLDER)).toBeUndefined();
  });

  test("must be compared by relative paths if the stack's folder is not known", () => {
    expect(deviationOf(WANTED, WANTED, undefined)).toBeUndefined();
    expect(deviationOf(WANTED, FOUND, undefined)).toContain("it lacks mount ./conf/store");
  });
});
