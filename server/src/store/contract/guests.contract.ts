import { expect } from "bun:test";
import { userFeed } from "@parley/protocol";
import { type Check, expectFault, freshId } from "./world.contract.ts";

const request = (token_hash: string, name: string | null) => ({ token_hash, name, id: freshId(), at: 1_000 });

export function checkGuests(check: Check): void {
  check("HS-4 signing in is idempotent, with the name or without it", async ({ store }) => {
    const first = request("t1", "Ann");
    const [ann] = await store.signIn([first]);
    expect(ann).toEqual({ id: first.id, name: "Ann" });
    expect(await store.signIn([request("t1", "Ann"), request("t1", null), request("t1", " ANN ")])).toEqual([
      { id: first.id, name: "Ann" },
      { id: first.id, name: "Ann" },
      { id: first.id, name: "Ann" },
    ]);
    expect(await store.userByToken("t1")).toEqual({ id: first.id, name: "Ann" });
    expect(await store.userByToken("t2")).toBeNull();
  });

  check("HS-4 each refusal", async ({ store }) => {
    await store.signIn([request("t1", "Ann")]);
    const [differs, needed, taken] = await store.signIn([
      request("t1", "Bob"),
      request("t2", null),
      request("t3", "ａnn"),
    ]);
    expectFault(differs, "name_differs");
    expectFault(needed, "name_needed");
    expectFault(taken, "name_taken");
    expect(await store.userByToken("t2")).toBeNull();
    expect(await store.userByToken("t3")).toBeNull();
  });

  check("HS-4 the first in a batch gets a name; the same token twice is one guest", async ({ store }) => {
    const first = request("t1", "Ann");
    const answers = await store.signIn([
      first,
      request("t2", "ann"),
      request("t1", "Ann"),
      request("t1", "Bob"),
    ]);
    expect(answers[0]).toEqual({ id: first.id, name: "Ann" });
    expectFault(answers[1], "name_taken");
    expect(answers[2]).toEqual({ id: first.id, name: "Ann" });
    expectFault(answers[3], "name_differs");
  });

  check("HS-4 one name goes to one guest when many sign in with it at once", async ({ store }) => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) => store.signIn([request(`t${i}`, "Ann")])),
    );
    const made = answers.flat().filter((answer) => "id" in answer);
    expect(made).toHaveLength(1);
  });

  check(
    "HS-4 a guest keeps its name over a restart, and the name of the system user is taken",
    async (world) => {
      const ann = await world.guest("Ann");
      await world.reopen();
      expect(await world.store.userByToken("hash of Ann")).toEqual({ id: ann.id, name: "Ann" });
      const [taken, system] = await world.store.signIn([request("t9", "Ann"), request("t8", "parley")]);
      expectFault(taken, "name_taken");
      expectFault(system, "name_taken");
    },
  );

  check("a guest has a private feed from the first moment, and can be invited", async (world) => {
    const [ann, bob] = [await world.guest("Ann"), await world.guest("Bob")];
    expect(await world.store.feedsOf(bob.id)).toEqual([
      { feed: userFeed(bob.id), head: 0, head_id: null, floor: 0, room: null },
    ]);
    const room = await world.room(ann);
    const invitation = world.command(ann, { kind: "invite_member", room, user: freshId() });
    const [refused] = await world.verdicts(invitation);
    expectFault(refused, "no_such_user");
    await world.accepted(world.command(ann, { kind: "invite_member", room, user: bob.id }));
    const [joined] = (await world.events(room)).slice(-1);
    expect(joined).toMatchObject({ kind: "member_joined", user: bob.id, user_name: "Bob" });
  });

  check("LM-13 a name that looks like a taken one is rejected, also within one batch", async ({ store }) => {
    const sign = (name: string) => ({ token_hash: `looks ${name}`, name, id: freshId(), at: 1 });
    const faults = async (...names: string[]) =>
      (await store.signIn(names.map(sign))).map((answer) => ("fault" in answer ? answer.fault : "ok"));
    expect(await faults("paypal", "PaypaI", "Ada", "Аda")).toEqual(["ok", "name_taken", "ok", "name_taken"]);
    expect(await faults("pаypal", "Ad\u200ba", "Ade", "PAYPAL")).toEqual([
      "name_taken",
      "name_taken",
      "ok",
      "name_taken",
    ]);
    expect(await Promise.all(["PayPaI", "АDA", "Adi"].map((name) => store.nameHeld(name)))).toEqual([
      true,
      true,
      false,
    ]);
  });
}
