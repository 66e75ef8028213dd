import { atLeast, type World } from "./world.ts";
import type { Flag } from "./flags.ts";

/** The flags of `colima start` and the version that brought each (COLIMA.md section 2). */
export function startFlags(world: World): readonly Flag[] {
  return [
    cpuFlag(world),
    { name: "memory", short: "m", kind: atLeast(world, "0.8.1") ? "number" : "integer" },
    { name: "disk", short: "d", kind: "integer" },
    { name: "root-disk", kind: "integer", since: "0.9.0" },
    { name: "arch", short: "a", kind: "text" },
    { name: "runtime", short: "r", kind: "text" },
    { name: "cpu-type", kind: "text" },
    { name: "hostname", kind: "text" },
    { name: "mount", short: "V", kind: "list" },
    { name: "mount-type", kind: "text" },
    { name: "mount-inotify", kind: "boolean" },
    { name: "ssh-agent", short: "s", kind: "boolean" },
    { name: "ssh-config", kind: "boolean" },
    { name: "ssh-port", kind: "integer", since: "0.6.10" },
    { name: "env", kind: "list" },
    { name: "dns", short: "n", kind: "list" },
    { name: "dns-host", kind: "list" },
    { name: "activate", kind: "boolean" },
    { name: "edit", short: "e", kind: "boolean" },
    { name: "editor", kind: "text" },
    { name: "foreground", short: "f", kind: "boolean" },
    { name: "kubernetes", short: "k", kind: "boolean" },
    { name: "kubernetes-version", kind: "text" },
    { name: "k3s-arg", kind: "list" },
    { name: "network-host-addresses", kind: "boolean", since: "0.7.2" },
    { name: "save-config", kind: "boolean", since: "0.7.4" },
    { name: "disk-image", short: "i", kind: "text", since: "0.8.1" },
    { name: "force-disk-image", kind: "boolean", since: "0.10.2" },
    { name: "binfmt", kind: "boolean", since: "0.8.2" },
    { name: "template", kind: "boolean", since: "0.8.4" },
    { name: "port-forwarder", kind: "text", since: "0.9.0" },
    { name: "gateway-address", kind: "text", since: "0.10.0" },
    { name: "downloader", kind: "text", since: "0.10.2" },
    { name: "vm-type", short: "t", kind: "text", macOsOnly: true },
    { name: "vz-rosetta", kind: "boolean", macOsOnly: true },
    { name: "network-address", kind: "boolean", macOsOnly: true },
    { name: "network-mode", kind: "text", since: "0.9.0", macOsOnly: true },
    { name: "network-interface", kind: "text", since: "0.9.0", macOsOnly: true },
    { name: "network-preferred-route", kind: "boolean", since: "0.9.0", macOsOnly: true },
    { name: "nested-virtualization", short: "z", kind: "boolean", macOsOnly: true },
    { name: "model-runner", kind: "text", since: "0.10.0", macOsOnly: true },
  ];
}

/** `--cpu` was the only name until 0.8.2, and is a hidden alias since. */
function cpuFlag(world: World): Flag {
  const renamed = atLeast(world, "0.8.2");
  return renamed
    ? { name: "cpus", alias: "cpu", short: "c", kind: "integer" }
    : { name: "cpu", short: "c", kind: "integer" };
}
