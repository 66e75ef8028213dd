import { describe, expect, test } from "vitest";
import { aptAuth, redacted, withoutUserinfo } from "../../stack/core/userinfo.ts";

const FROM = "The address";

describe("The login in an address", () => {
  test.each([
    ["https://u:p@h/debian", "https://h/debian", "https://h/debian", "u", "p"],
    ["http://u:p@h:8080/debian/", "http://h:8080/debian/", "http://h:8080/debian/", "u", "p"],
    ["https://u:p:q@[::1]:80", "https://[::1]:80", "https://[::1]:80", "u", "p:q"],
    ["https://u:a@b@h/debian", "https://h/debian", "https://h/debian", "u", "a@b"],
    ["https://token@h/debian", "https://h/debian", "https://h/debian", "token", ""],
    ["https://u:%40%2F%23@h/debian", "https://h/debian", "https://h/debian", "u", "@/#"],
    ["https://u:100%@h/debian", "https://h/debian", "https://h/debian", "u", "100%"],
    ["https://u:%ff@h/debian", "https://h/debian", "https://h/debian", "u", "%ff"],
    ["deb [a=b] https://u:p@h/debian sid main", "deb [a=b] https://h/debian sid main", "https://h/debian", "u", "p"],
  ])("is taken out of %s", (given, text, address, user, password) => {
    expect(withoutUserinfo(given, FROM)).toEqual({ text, logins: [{ address, user, password }] });
  });

  test.each(["http://h/debian", "https://h:8443/debian", "https://[2001:db8::1]/debian", "", "file:/srv/debian"])(
    "is none in %j, which stays as it is",
    (given) => {
      expect(withoutUserinfo(given, FROM)).toEqual({ text: given, logins: [] });
    },
  );

  test.each([
    "https://u:secret/x@h/debian",
    "https://secret:1/2@h/debian",
    "https://u:sec%20ret@h/debian",
    "https://u:sec%0Aret@h/debian",
    "https://h:secret/debian",
    "https://u:secret@h/a@b",
  ])("that apt cannot use is WRONG_USAGE without a word of it: %s", (given) => {
    let thrown: unknown;
    try {
      withoutUserinfo(given, FROM);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: "WRONG_USAGE", what: "The address cannot be read" });
    expect(`${JSON.stringify(thrown)} ${String(thrown)}`).not.toMatch(/sec ?ret/);
  });

  test("is an entry of apt's file with protocol and whole path, each once", () => {
    const main = { address: "http://h:81/debian", user: "u", password: "p" };
    const rest = { address: "https://h/", user: "token", password: "" };
    expect(aptAuth([main, rest, main])).toBe(
      "machine http://h:81/debian/ login u password p\nmachine https://h/ login token\n",
    );
    expect(aptAuth([])).toBe("");
  });
});

test("a text is shown without the logins in its addresses", () => {
  expect(redacted('see https://u:p@h/a, http://h/b@c and "socks5://t@[::1]:1"')).toBe(
    'see https://***@h/a, http://h/b@c and "socks5://***@[::1]:1"',
  );
});
