import { expect, test } from "bun:test";
import { readAddress } from "./address.ts";

const SECRET = "s3cret";

test("an address has its parts, and is shown without the password", () => {
  const address = readAddress(
    `postgresql://ann:${SECRET}%2F@db.example.org/chat?schema=one&sslmode=verify-full`,
  );
  expect(address).toEqual({
    host: "db.example.org",
    port: 5432,
    user: "ann",
    password: `${SECRET}/`,
    database: "chat",
    schema: "one",
    tls: "verified",
    shown: "postgresql://ann@db.example.org:5432/chat?schema=one",
  });
  expect(readAddress("postgres://ann@[::1]:6000/chat")).toMatchObject({
    host: "::1",
    port: 6000,
    tls: "off",
  });
});

test("a wrong address is refused with what to change, and without the password", () => {
  for (const [url, words] of [
    [`mysql://ann:${SECRET}@host/chat`, "not an address of PostgreSQL"],
    [`postgresql://ann:${SECRET}@host`, "names no user, host or database"],
    [`postgresql://ann:${SECRET}%zz@host/chat`, "%25"],
    [`postgresql://ann:${SECRET}@host/chat?schema=A-b`, "schema takes"],
    [`postgresql://ann:${SECRET}@host/chat?sslmode=maybe`, "sslmode takes"],
    [`postgresql://ann:${SECRET}@host/chat?options=-c`, "options is not a parameter"],
  ] as const) {
    const refused = () => readAddress(url);
    expect(refused).toThrow(words);
    expect(refused).not.toThrow(SECRET);
  }
});
