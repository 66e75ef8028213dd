import { describe, expect, test } from "vitest";
import { readFailure } from "../../stack/images/failure.ts";
import { isNetworkFailure } from "../../stack/docker/network-failure.ts";

test("credentials in addresses are in no reason, whoever prints them", () => {
  for (const output of [
    "E: Failed to fetch https://ada:s3cret@mirror.test/debian/dists/sid/InRelease  401",
    "#9 1.1 npm error request to https://ada:s3cret@registry.test/tool failed, reason: getaddrinfo ENOTFOUND registry.test",
    "#9 1.1 ERROR: No matching distribution found for six==9 in https://token:s3cret@pypi.test/simple",
    '#9 1.1 something odd: "http://s3cret@proxy.test:3128" error',
  ]) {
    expect(readFailure(output).reason).not.toContain("s3cret");
  }
});

describe("What apt and builds print is read as a reason", () => {
  test.each([
    [
      "expired",
      "Reading package lists...\nE: Release file for http://m/dists/sid/InRelease is expired (invalid since 17d 18h 27min 53s). Updates for this repository will not be applied.",
      "Release file for http://m/dists/sid/InRelease is expired (invalid since 17d 18h 27min 53s)",
    ],
    [
      "missing",
      "#8 3.1 E: Unable to locate package postgresql-99\n#8 ERROR: exit code: 100",
      "Unable to locate package postgresql-99",
    ],
    [
      "missing",
      "E: Package 'redis-server' has no installation candidate",
      "Package 'redis-server' has no installation candidate",
    ],
    [
      "unreachable",
      "W: Failed to fetch http://m/dists/sid/InRelease  Temporary failure resolving 'm'\nE: Some index files failed",
      "Temporary failure resolving 'm'",
    ],
    [
      "unreachable",
      "Err:1 http://m sid InRelease\n  Could not connect to m:80 (10.0.0.1), connection timed out",
      "Could not connect to m:80 (10.0.0.1), connection timed out",
    ],
    [
      "refused",
      "#8 1.2 Err:1 http://m sid InRelease\n#8 1.2   401  Unauthorized [IP: 10.0.0.1 80]\n#8 1.3 E: The repository 'http://m sid InRelease' is not signed.",
      "401  Unauthorized [IP: 10.0.0.1 80]",
    ],
    [
      "refused",
      "E: Failed to fetch http://m/dists/sid/InRelease  403  Forbidden [IP: 10.0.0.1 80]",
      "Failed to fetch http://m/dists/sid/InRelease  403  Forbidden [IP: 10.0.0.1 80]",
    ],
    ["untrusted", "W: GPG error: http://m sid InRelease: NO_PUBKEY 6ED0E7B82643E131", "NO_PUBKEY 6ED0E7B82643E131"],
    [
      "missing",
      "#9 1.1 go: example.org/tool@v9: example.org/tool@v9: invalid version: unknown revision v9",
      "example.org/tool@v9: invalid version: unknown revision v9",
    ],
    [
      "missing",
      "#9 1.1 ERROR: Could not find a version that satisfies the requirement six==9\n#9 1.1 ERROR: No matching distribution found for six==9",
      "No matching distribution found for six==9",
    ],
    ["missing", "npm error code E404\nnpm error 404 Not Found - GET", "E404"],
    [
      "altered",
      "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you have updated",
      "THESE PACKAGES DO NOT MATCH THE HASHES",
    ],
    ["altered", "verifying example.org/tool@v1: checksum mismatch", "checksum mismatch"],
    ["untrusted", "npm error code SELF_SIGNED_CERT_IN_CHAIN", "SELF_SIGNED_CERT_IN_CHAIN"],
    [
      "untrusted",
      "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]",
      "CERTIFICATE_VERIFY_FAILED",
    ],
    [
      "unreachable",
      "go: dial tcp: lookup proxy.example on 10.0.0.1:53: no such host",
      "dial tcp: lookup proxy.example",
    ],
    ["untrusted", "SSL connection failed: certificate verify failed", "certificate verify failed"],
    [
      "disk-full",
      "dpkg: error processing archive: cannot copy: failed to write (No space left on device)\nE: Unable to locate package x",
      "No space left on device",
    ],
    [
      "disk-full",
      "E: You don't have enough free space in /var/cache/apt/archives/.",
      "You don't have enough free space",
    ],
  ])("%s: %j", (kind, text, reason) => {
    const failure = readFailure(text);
    expect(failure.kind).toBe(kind);
    expect(failure.reason).toContain(reason);
  });

  test("other words are given as they are: the last line that tells of an error, without BuildKit's prefix", () => {
    expect(readFailure("#8 1.23 E: Sub-process /usr/bin/dpkg returned an error code (1)\n#8 DONE 2.0s")).toEqual({
      kind: "other",
      reason: "E: Sub-process /usr/bin/dpkg returned an error code (1)",
    });
    const failed =
      "#9 2.1 main.go:3:1: undefined: x\n#9 ERROR: executor failed running [/bin/sh -c go install]: exit code: 1";
    expect(readFailure(failed).reason).toBe("main.go:3:1: undefined: x");
    expect(readFailure("").reason).toBe("it said nothing");
  });

  test.each(["Package 'x", "go: a@a: ", "Release file for x is expired (invalid since ", "x"])(
    "lines of 256 KiB of %j are read at their beginning only, so that nobody waits",
    (part) => {
      const before = process.cpuUsage();
      const { kind, reason } = readFailure(`${part.repeat(Math.ceil((256 * 1024) / part.length))}\nlast`);
      expect(process.cpuUsage(before).user / 1000).toBeLessThan(500);
      expect([kind, reason]).toEqual(["other", "last"]);
    },
  );

  test("an engine that cannot reach a registry is told from a registry that says no", () => {
    expect(isNetworkFailure('Get "https://r/v2/": dial tcp: lookup r on 10.0.0.1:53: no such host')).toBe(true);
    expect(
      isNetworkFailure('Get "http://127.0.0.1:5999/v2/": dial tcp 127.0.0.1:5999: connect: connection refused'),
    ).toBe(true);
    expect(isNetworkFailure("x509: certificate signed by unknown authority")).toBe(true);
    expect(isNetworkFailure("manifest unknown: manifest unknown")).toBe(false);
    expect(isNetworkFailure("pull access denied for x, repository does not exist")).toBe(false);
  });
});
