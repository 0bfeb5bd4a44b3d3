import { describe, expect, test } from "bun:test";
import { ClientHarness, feed, ME, page, sentEvent, settle } from "../../testing/client-harness.ts";

const shown = (harness: ClientHarness, id = "lobby") =>
  harness.client
    .room(id)
    .timeline.get()
    .items.map(({ seq, text, state }) => `${seq ?? "-"} ${text} ${state}`);
const stateOf = (harness: ClientHarness) => harness.client.room("lobby").timeline.get().state;

describe("opening a room", () => {
  test("loads the newest page once the feed's place is known, and takes what came meanwhile", async () => {
    const harness = new ClientHarness();
    const lobby = harness.client.room("lobby");
    expect(stateOf(harness)).toBe("unopened");
    lobby.open();
    expect(stateOf(harness)).toBe("loading");
    const socket = harness.live(3);
    expect(harness.requests).toEqual([]);
    socket.say({ type: "feeds", feeds: [feed("lobby", "live", 3)] });
    lobby.open();
    expect(harness.requests.map(({ path }) => path)).toEqual(["/api/v1/rooms/lobby/messages?limit=50"]);
    expect(harness.requests[0]?.headers.get("authorization")).toBe(`Bearer ${"t".repeat(43)}`);
    socket.say({ type: "events", feed: "lobby", events: [sentEvent(4, "text 4"), sentEvent(5, "text 5")] });
    harness.requests[0]?.answer(200, page(4, [2, 4], true));
    await settle();
    expect(shown(harness)).toEqual(["2 text 2 sent", "4 text 4 sent", "5 text 5 sent"]);
    expect(lobby.timeline.get()).toMatchObject({ state: "ready", hasBefore: true, loadingBefore: false });
  });

  test("RS-5 a page that was asked for before a reset is not shown", async () => {
    const harness = new ClientHarness();
    harness.client.room("lobby").open();
    const socket = harness.follow(3);
    socket.say({
      ...{ type: "reset", feed: "lobby", head: 2, head_id: "event 2", floor: 0, why: "lineage" },
    });
    expect(harness.requests).toHaveLength(2);
    harness.requests[0]?.answer(200, page(3, [1, 2, 3]));
    await settle();
    expect(stateOf(harness)).toBe("loading");
    harness.requests[1]?.answer(200, page(2, [1]));
    await settle();
    expect(shown(harness)).toEqual(["1 text 1 sent"]);
  });

  test("a page that was asked for on another connection is asked for again", async () => {
    const harness = new ClientHarness();
    harness.client.room("lobby").open();
    harness.follow(3);
    harness.socket.close(1006);
    harness.clock.advance(10_000);
    harness.follow(3);
    harness.requests[0]?.answer(200, page(3, [1, 2, 3]));
    await settle();
    expect(harness.requests).toHaveLength(2);
    expect(shown(harness)).toEqual([]);
    harness.requests[1]?.answer(200, page(3, [2]));
    await settle();
    expect(shown(harness)).toEqual(["2 text 2 sent"]);
  });

  test("RS-5 a page that the events contradict is not shown", async () => {
    const harness = new ClientHarness();
    harness.client.room("lobby").open();
    const socket = harness.follow(3);
    socket.say({ type: "events", feed: "lobby", events: [sentEvent(4, "text 4")] });
    harness.requests[0]?.answer(200, { ...page(4, [4]), as_of_id: "another event" });
    await settle();
    expect(shown(harness)).toEqual([]);
    harness.requests[1]?.answer(200, page(4, [4]));
    await settle();
    expect(shown(harness)).toEqual(["4 text 4 sent"]);
  });

  test("a page older than what was seen, or of another epoch, is not taken", async () => {
    const harness = new ClientHarness();
    harness.client.room("lobby").open();
    harness.follow(3);
    harness.requests[0]?.answer(200, page(2, [2]));
    await settle();
    expect(stateOf(harness)).toBe("failed");
    harness.clock.advance(1_000);
    harness.requests[1]?.answer(200, page(3, [3], false, "another"));
    await settle();
    expect(stateOf(harness)).toBe("failed");
    harness.clock.advance(2_000);
    harness.requests[2]?.answer(200, page(3, [3]));
    await settle();
    expect(shown(harness)).toEqual(["3 text 3 sent"]);
  });

  test("HT-9 a page that is refused for its price is asked for again after retry_after, not before", async () => {
    const harness = new ClientHarness();
    harness.client.room("lobby").open();
    harness.follow(3);
    harness.requests[0]?.answer(429, { code: "rate_limited", title: "Too fast.", retry_after: 9_000 });
    await settle();
    harness.clock.advance(8_999);
    expect(harness.requests).toHaveLength(1);
    harness.clock.advance(2_000);
    harness.requests[1]?.answer(200, page(3, [3]));
    await settle();
    expect(shown(harness)).toEqual(["3 text 3 sent"]);
  });

  test("what may pass is tried again by itself, a final fault waits for a person", async () => {
    const harness = new ClientHarness();
    const lobby = harness.client.room("lobby");
    lobby.open();
    harness.follow(3);
    harness.requests[0]?.fail();
    await settle();
    expect(lobby.timeline.get()).toMatchObject({ state: "failed", error: "The server cannot be reached." });
    harness.clock.advance(1_000);
    harness.requests[1]?.answer(404, {
      code: "no_such_room",
      title: "No room.",
      detail: "There is no such room.",
    });
    await settle();
    expect(lobby.timeline.get()).toMatchObject({ state: "failed", error: "There is no such room." });
    harness.clock.advance(40_000);
    expect(harness.requests).toHaveLength(2);
    lobby.open();
    expect(harness.requests).toHaveLength(3);
  });

  test("a request that takes too long is given up", async () => {
    const harness = new ClientHarness();
    harness.client.room("lobby").open();
    harness.follow(3);
    harness.clock.advance(15_000);
    await settle();
    expect(stateOf(harness)).toBe("failed");
  });

  test("RS-5 a reset drops the copy and loads again", async () => {
    const harness = new ClientHarness();
    harness.client.room("lobby").open();
    const socket = harness.follow(3);
    harness.requests[0]?.answer(200, page(3, [3]));
    await settle();
    socket.say({ type: "reset", feed: "lobby", head: 1, floor: 0, why: "lineage" });
    expect([stateOf(harness), shown(harness)]).toEqual(["loading", []]);
    harness.requests[1]?.answer(200, page(1, [1]));
    await settle();
    expect(shown(harness)).toEqual(["1 text 1 sent"]);
  });

  test("P6 another epoch drops every copy at the welcome", async () => {
    const harness = new ClientHarness();
    harness.client.room("lobby").open();
    const socket = harness.follow(3);
    harness.requests[0]?.answer(200, page(3, [3]));
    await settle();
    socket.close(1006);
    harness.clock.advance(10_000);
    expect(stateOf(harness)).toBe("ready");
    const next = harness.live(1, "another");
    expect([stateOf(harness), shown(harness)]).toEqual(["loading", []]);
    expect(next.take("resume")).toMatchObject([
      { epoch: "another", cursors: [{ feed: "lobby" }, { feed: `user.${ME}` }] },
    ]);
  });

  test("history is loaded page by page, one at a time", async () => {
    const harness = new ClientHarness();
    const lobby = harness.client.room("lobby");
    await lobby.loadBefore();
    lobby.open();
    harness.follow(9);
    harness.requests[0]?.answer(200, page(9, [8, 9], true));
    await settle();
    const both = Promise.all([lobby.loadBefore(), lobby.loadBefore()]);
    expect(lobby.timeline.get().loadingBefore).toBe(true);
    expect(harness.requests.slice(1).map(({ path }) => path)).toEqual([
      "/api/v1/rooms/lobby/messages?before=8&limit=50",
    ]);
    harness.requests[1]?.answer(200, page(9, [7]));
    await both;
    expect(shown(harness)).toEqual(["7 text 7 sent", "8 text 8 sent", "9 text 9 sent"]);
    expect(lobby.timeline.get()).toMatchObject({ hasBefore: false, loadingBefore: false });
  });

  test("history of a copy that was replaced meanwhile is not put before the new one", async () => {
    const harness = new ClientHarness();
    const lobby = harness.client.room("lobby");
    lobby.open();
    const socket = harness.follow(9);
    harness.requests[0]?.answer(200, page(9, [8, 9], true));
    await settle();
    const before = lobby.loadBefore();
    socket.say({ type: "reset", feed: "lobby", head: 20, floor: 0, why: "floor" });
    harness.requests[2]?.answer(200, page(20, [19, 20], true));
    await settle();
    harness.requests[1]?.answer(200, page(20, [6, 7], true));
    await before;
    expect(shown(harness)).toEqual(["19 text 19 sent", "20 text 20 sent"]);
  });

  test("a room that was lost and gained again shows its old copy until the new one is here, and never mixes them", async () => {
    const harness = new ClientHarness();
    const lobby = harness.client.room("lobby");
    lobby.open();
    const socket = harness.follow(9);
    harness.requests[0]?.answer(200, page(9, [8, 9], true));
    await settle();
    const before = lobby.loadBefore();
    socket.say({ type: "feeds", feeds: [feed("lobby", "gone", 0)] });
    socket.say({ type: "feeds", feeds: [feed("lobby", "live", 20)] });
    socket.say({ type: "events", feed: "lobby", events: [sentEvent(21, "text 21")] });
    expect(shown(harness)).toEqual(["8 text 8 sent", "9 text 9 sent"]);
    harness.requests[2]?.answer(200, page(20, [19, 20], true));
    await settle();
    harness.requests[1]?.answer(200, page(20, [6, 7], true));
    await before;
    expect(shown(harness)).toEqual(["19 text 19 sent", "20 text 20 sent", "21 text 21 sent"]);
  });

  test("a page of history that fails rejects, and can be asked for again", async () => {
    const harness = new ClientHarness();
    const lobby = harness.client.room("lobby");
    lobby.open();
    harness.follow(9);
    harness.requests[0]?.answer(200, page(9, [9], true));
    await settle();
    const before = lobby.loadBefore();
    harness.requests[1]?.answer(502, "<html>Bad gateway</html>");
    expect(await before.catch((error) => error)).toMatchObject({ code: "http", final: false });
    expect(lobby.timeline.get()).toMatchObject({ state: "ready", loadingBefore: false, hasBefore: true });
  });
});
