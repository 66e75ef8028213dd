import { expect, test } from "vitest";
import { packageVersions } from "../../../stack/images/newer/package-versions.ts";
import { fakeHost } from "../../support/fakes/host.ts";

test("the logins of a mirror are in apt's file of mode 0600, and in no command line and no list of sources", async () => {
  const ran: unknown[] = [];
  const host = fakeHost({
    env: { PLUMBLINE_DEBIAN_MIRROR: "https://ada:s3cret@mirror.test/debian" },
    commands: new Set(["apt-get"]),
    answer: (argv) => {
      ran.push(argv);
      return argv.includes("policy") ? { stdout: "thing:\n  Installed: (none)\n  Candidate: 1.2-3\n" } : {};
    },
  });
  const signal = new AbortController().signal;
  const found = await packageVersions("trixie", ["thing"], { host, work: "/work", signal });
  expect(found.ok && [...found.versions]).toEqual([["thing", "1.2-3"]]);
  expect(JSON.stringify(ran)).not.toContain("s3cret");
  const secret = [...host.files].filter(([, text]) => text.includes("s3cret"));
  expect(secret.map(([path]) => path)).toEqual(["/work/index-trixie/auth.conf"]);
  expect(host.modes.get("/work/index-trixie/auth.conf")).toBe(0o600);
  expect(host.files.get("/work/index-trixie/apt.conf")).toContain('Dir::Etc::netrc "/work/index-trixie/auth.conf";');
  expect(secret[0]?.[1]).toContain("machine https://mirror.test/debian-security/ login ada password s3cret");
});
