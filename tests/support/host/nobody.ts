/** Becomes a user id that the system's list of users does not have, and then asks for this computer. */
process.setuid?.(54_321);
delete process.env["HOME"];
const { realHost } = await import("../../../stack/host/host.ts");
const { home, isRoot } = realHost();
process.stdout.write(JSON.stringify({ home, isRoot }));
