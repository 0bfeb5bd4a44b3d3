import { expect, test } from "bun:test";
import type { SignIn, Store } from "../store/store.ts";
import { Guests } from "./guests.ts";

/** Guests over a store that knows none and answers at once; the requests of each transaction. */
function setUp(monotonicNow: () => number) {
  const transactions: (readonly SignIn[])[] = [];
  const store = {
    userByToken: async () => null,
    nameHeld: async () => false,
    async signIn(requests: readonly SignIn[]) {
      transactions.push(requests);
      return requests.map(({ id, name }) => ({ id, name: name ?? "" }));
    },
  } as unknown as Store;
  let ids = 0;
  const guests = new Guests({ store, open: true, newId: () => `id ${++ids}`, now: () => 1, monotonicNow });
  const names = () => transactions.map((requests) => requests.map(({ name }) => name));
  return { guests, names };
}

const turns = async (count: number) => {
  for (let turn = 0; turn < count; turn++) await null;
};

test("new guests that come together share a transaction, also those of the next 40 ms", async () => {
  const { guests, names } = setUp(() => 5_000);
  const join = (name: string) => guests.signIn(`token of ${name}`, name);
  // The first is on its way when the others come, and they wait for each other.
  const made = ["Ada", "Bim", "Cy"].map(join);
  // As long as transactions of their own would have taken.
  await turns(50);
  made.push(join("Dee"));
  expect(await Promise.all(made)).toMatchObject([{ name: "Ada" }, {}, {}, { name: "Dee" }]);
  expect(names()).toEqual([["Ada"], ["Bim", "Cy", "Dee"]]);
  made.push(join("Eve"));
  await turns(50);
  made.push(join("Fay"));
  await Promise.all(made);
  expect(names().slice(2)).toEqual([["Eve", "Fay"]]);
});

test("new guests that come one after the other do not wait", async () => {
  const { guests, names } = setUp(() => 5_000);
  const all = ["Ada", "Bim", "Cy"];
  for (const name of all) {
    const guest = guests.signIn(`token of ${name}`, name);
    await turns(50);
    expect(names().at(-1)).toEqual([name]);
    await guest;
  }
});
