import { expect, test } from "bun:test";
import { HostNames, isSameHostName } from "./origins.ts";

const plain = new HostNames({ publicOrigin: null, allowedHosts: [] });
const named = new HostNames({
  publicOrigin: "https://chat.example.org",
  allowedHosts: ["Other.example.org"],
});
const url = (host: string) => new URL(`http://${host}/`);

test("names that cannot be registered pass, and addresses; public names only when the operator configured them", () => {
  const local =
    "localhost,a.localhost,127.0.0.1,192.168.1.5,203.0.113.7,[::1],[2001:db8::1],parley,box.local,box.lan,box.home.arpa,pod.internal,localhost.";
  for (const name of local.split(",")) {
    expect(plain.answersTo(name), name).toBe(true);
    expect(named.answersTo(name), name).toBe(true);
  }
  const foreign =
    "evil.example,chat.example.org,local.example,x.local.example,evillocal.com,10.0.0.1.nip.io,home.arpa.evil.com,evil.com.";
  for (const name of foreign.split(",")) expect(plain.answersTo(name), name).toBe(false);
  for (const name of ["chat.example.org", "other.example.org", "chat.example.org."])
    expect(named.answersTo(name), name).toBe(true);
  for (const name of ["evil.example", "example.org", "a.chat.example.org"])
    expect(named.answersTo(name), name).toBe(false);
  expect(new HostNames({ publicOrigin: null, allowedHosts: ["*"] }).answersTo("evil.example")).toBe(true);
});

test("an own page has the scheme, the name and the port of the request", () => {
  const rows: [names: HostNames, origin: string, host: string, own: boolean][] = [
    [plain, "http://localhost:8000", "localhost:8000", true],
    [plain, "http://localhost:3000", "localhost:8000", false],
    [plain, "http://box.local", "box.local", true],
    [plain, "http://box.local", "box.local:80", true],
    // A proxy ends TLS.
    [plain, "https://box.local", "box.local", true],
    [plain, "https://box.local", "box.local:443", true],
    [plain, "https://box.local:8443", "box.local:8443", true],
    [plain, "https://box.local:8443", "box.local", false],
    [plain, "http://[::1]:8000", "[::1]:8000", true],
    [plain, "null", "localhost", false],
    [plain, "file://", "localhost", false],
    [plain, "ftp://localhost", "localhost", false],
    [named, "https://chat.example.org", "chat.example.org", true],
    [named, "http://chat.example.org", "chat.example.org", false],
    [named, "https://chat.example.org:8443", "chat.example.org:8443", false],
    // A proxy that does not forward the name.
    [named, "https://chat.example.org", "127.0.0.1:8000", true],
    [named, "https://evil.example", "127.0.0.1:8000", false],
    [named, "https://other.example.org", "other.example.org", true],
    [named, "https://other.example.org", "chat.example.org", false],
  ];
  for (const [names, origin, host, own] of rows)
    expect(names.isOwn(origin, url(host)), `${origin} at ${host}`).toBe(own);
});

test("a page of the same host name may come from any port", () => {
  expect(isSameHostName("http://box.local:3000", url("box.local:8000"))).toBe(true);
  expect(isSameHostName("http://localhost:3000", url("127.0.0.1:8000"))).toBe(true);
  expect(isSameHostName("http://localhost.evil.example", url("localhost:8000"))).toBe(false);
  expect(isSameHostName("http://127.0.0.1.evil.example", url("127.0.0.1:8000"))).toBe(false);
  expect(isSameHostName("null", url("localhost"))).toBe(false);
});
