import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { messageIn } from "../../../stack/runtimes/colima/command.ts";
import { placeOf } from "../../../stack/runtimes/colima/place.ts";
import { remedyFor } from "../../../stack/runtimes/colima/remedy.ts";
import { realHost } from "../../../stack/host/host.ts";

test.each([
  ['time="2026-01-01T00:00:00Z" level=info msg="starting ..." context=vm', "starting ..."],
  ['time="2026-01-01T00:00:00Z" level=info msg=done', "done"],
  ['time="2026-01-01T00:00:00Z" level=info msg=done context=docker', "done"],
  [String.raw`time="2026-01-01T00:00:00Z" level=fatal msg="cannot use \"x\""`, 'cannot use "x"'],
  [
    String.raw`time="2026-01-01T00:00:00Z" level=warning msg="unable to resize disk: output: time=\"2026-01-01T00:00:00Z\" level=fatal msg=\"too small\""`,
    "unable to resize disk: output: too small",
  ],
  [
    String.raw`time="2026-01-01T00:00:00Z" level=info msg="[hostagent] Waiting for the essential requirement 1 of 3: \"ssh\""`,
    'Waiting for the essential requirement 1 of 3: "ssh"',
  ],
  ["a line of another program", "a line of another program"],
])("%s is shown as %s", (line, shown) => {
  expect(messageIn(line)).toBe(shown);
});

const URL = "https://example.org/releases/machine-amd64-docker.qcow2";
const place = await placeOf(realHost(), "plumbline-shop");
const on = (platform: "linux" | "darwin", env = {}) => ({ platform, home: "/home/dev", env });

test("an image that could not be downloaded is named with its address and its place in the cache", () => {
  const output = `error during image download: Get "${URL}": proxyconnect tcp: EOF`;
  const linux = remedyFor(output, on("linux"), place);
  expect(linux).toContain(`${URL} as /home/dev/.cache/colima/caches/`);
  expect(linux).toContain(createHash("sha256").update(URL).digest("hex"));
  expect(remedyFor(output, on("darwin"), place)).toContain("/home/dev/Library/Caches/colima/caches/");
  expect(remedyFor(output, on("linux", { COLIMA_CACHE_HOME: "/srv/c" }), place)).toContain("/srv/c/caches/");
});

test.each(["lima not found", "docker not found", "qemu-img not found", "minimum Lima version supported is v0.18.0"])(
  "the remedy for %j names Homebrew on a Mac only",
  (output) => {
    expect(remedyFor(output, on("darwin"), place)).toContain("brew install");
    expect(remedyFor(output, on("linux"), place)).not.toContain("brew");
  },
);

test("what is not known is stopped by Lima, which does not ask the guest", () => {
  expect(remedyFor("a new error", on("linux"), place)).toContain("limactl stop --force colima-plumbline-shop");
});
