/**
 * Credentials in addresses: "https://user:secret@host/debian". They must reach neither command lines nor images nor
 * messages. Pure.
 */
import { PlumblineError } from "./errors.ts";

/** The login of one address. */
export interface Login {
  /** The address without it: "https://host:8080/debian". */
  readonly address: string;
  readonly user: string;
  readonly password: string;
}

/** RFC 3986, 3.2.1: userinfo ends with the last "@" before the path. */
const USERINFO = /(:\/\/)[^\s/]*@/g;
const ADDRESS = /([a-z][a-z\d+.-]*:\/\/)([^\s/]*)@(\S+)/gi;

/** Returns the text with the userinfo of each address in it replaced by "***". */
export function redacted(text: string): string {
  return text.replaceAll(USERINFO, "$1***@");
}

/**
 * Takes the logins out of the addresses in a text, such as a line of sources.list. `from` names where the text is from,
 * for errors. Throws WRONG_USAGE for what can be no login or no address, without a word of it.
 */
export function withoutUserinfo(
  text: string,
  from: string,
): { readonly text: string; readonly logins: readonly Login[] } {
  const logins: Login[] = [];
  const plain = text.replaceAll(ADDRESS, (_, scheme: string, userinfo: string, rest: string) => {
    const address = `${scheme}${rest}`;
    const [user = "", ...password] = userinfo.split(":");
    logins.push({ address, user: decoded(user, from), password: decoded(password.join(":"), from) });
    return address;
  });
  // A "/" in a password ends the authority too early: "user:pa" of "user:pa/ss@host" is then read as host and port.
  if (/:\/\/\S*@/.test(plain) || /:\/\/[^\s/[]*:[^\s/]*[^\s/\d]/.test(plain)) {
    throw wrong(
      from,
      'a "/" or "@" in a password, or another character where a port is expected, ends the host too early',
    );
  }
  return { text: plain, logins };
}

function decoded(part: string, from: string): string {
  const text = /%(?![\da-f]{2})/i.test(part) ? part : decodeOrKeep(part);
  if (/[\s\p{Cc}]/u.test(text))
    throw wrong(from, "apt's file of logins can hold no white space in names and passwords");
  return text;
}

/** Percent codes that are no UTF-8 stay as they are. */
function decodeOrKeep(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function wrong(from: string, why: string): PlumblineError {
  return new PlumblineError("WRONG_USAGE", {
    what: `${from} cannot be read`,
    why,
    fix: "Write it as https://user:password@host/debian, with other characters than letters and digits as percent codes.",
  });
}

/**
 * Returns apt's file of logins; empty if there are none. Each entry names protocol and path: without the protocol apt
 * uses it for https only, and a path that does not end in "/" is also the beginning of others ("/debian-security").
 * Source: apt_auth.conf(5).
 */
export function aptAuth(logins: readonly Login[]): string {
  const lines = logins.map(({ address, user, password }) => {
    const parts = [user === "" ? "" : ` login ${user}`, password === "" ? "" : ` password ${password}`];
    return `machine ${address.endsWith("/") ? address : `${address}/`}${parts.join("")}\n`;
  });
  return [...new Set(lines)].join("");
}
