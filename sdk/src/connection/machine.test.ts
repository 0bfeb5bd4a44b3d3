import { describe, expect, test } from "bun:test";
import { CLOSE_CODES } from "@parley/protocol";
import { BACKOFF } from "../base/backoff.ts";
import {
  type ConnectionEvent,
  type ConnectionState,
  type Effect,
  maySend,
  step,
  TIMEOUTS,
} from "./machine.ts";

const NOW = 1_000_000;
const HEARTBEAT = 25_000;
const moment = { now: NOW, heardAt: NOW, pongAt: NOW, random: 0.5 };
const fault = { code: "internal", text: "Not now.", final: false, advice: "retry", retryAfter: 0 } as const;

const STATES: { readonly [S in ConnectionState["name"]]: Extract<ConnectionState, { name: S }> } = {
  stopped: { name: "stopped", why: "by_you" },
  refused: { name: "refused", code: "name_taken", text: "That name is taken.", advice: "sign_in" },
  opening: { name: "opening", attempt: 3 },
  greeting: { name: "greeting", attempt: 3 },
  listing: { name: "listing", attempt: 3, heartbeat: HEARTBEAT, fault: null },
  live: {
    name: "live",
    attempt: 3,
    heartbeat: HEARTBEAT,
    since: NOW,
    pinged: null,
    probing: false,
    fault: null,
  },
  draining: { name: "draining", until: NOW + 700 },
  waiting: { name: "waiting", attempt: 3, until: NOW + 500, firm: false },
};
const EVENTS: { readonly [H in ConnectionEvent["name"]]: Extract<ConnectionEvent, { name: H }> } = {
  start: { name: "start" },
  stop: { name: "stop" },
  reconnect: { name: "reconnect" },
  wake: { name: "wake" },
  opened: { name: "opened" },
  closed: { name: "closed", code: 1006 },
  welcome: { name: "welcome", heartbeat: HEARTBEAT, more: false },
  listed: { name: "listed" },
  fault: { name: "fault", fault },
  drain: { name: "drain", within: 1_000 },
  stuck: { name: "stuck" },
  timer: { name: "timer" },
};

/** What each cell comes to: the next state, then what is done. A cell that is not listed keeps the state and has no effects. */
const EXPECTED: {
  readonly [S in ConnectionState["name"]]: { readonly [H in ConnectionEvent["name"]]?: string };
} = {
  stopped: { start: "opening open timer", stop: "stopped stop_timer" },
  refused: { start: "opening open timer", stop: "stopped stop_timer", reconnect: "opening open timer" },
  opening: {
    stop: "stopped close stop_timer",
    reconnect: "opening timer",
    wake: "opening timer",
    opened: "greeting hello timer",
    closed: "waiting timer",
    timer: "waiting close timer",
  },
  greeting: {
    stop: "stopped close stop_timer",
    reconnect: "greeting timer",
    wake: "greeting timer",
    closed: "waiting timer",
    welcome: "live resume timer",
    fault: "waiting close timer",
    drain: "draining timer",
    timer: "waiting close timer",
  },
  listing: {
    stop: "stopped close stop_timer",
    reconnect: "listing timer",
    wake: "listing timer",
    closed: "waiting timer",
    listed: "live resume timer",
    drain: "draining timer",
    fault: "listing",
    timer: "waiting close timer",
  },
  live: {
    stop: "stopped close stop_timer",
    reconnect: "live ping timer",
    wake: "live ping timer",
    closed: "waiting timer",
    fault: "live",
    drain: "draining timer",
    stuck: "waiting close timer",
    timer: "live timer",
  },
  draining: {
    stop: "stopped close stop_timer",
    closed: "waiting timer",
    timer: "opening close open timer",
  },
  waiting: {
    stop: "stopped stop_timer",
    reconnect: "opening open timer",
    wake: "opening open timer",
    timer: "opening open timer",
  },
};

const names = <T extends string>(table: { readonly [N in T]: unknown }) => Object.keys(table) as T[];
const said = ([state, ...effects]: readonly [ConnectionState, ...Effect[]]) =>
  [state.name, ...effects.map((effect) => effect.do)].join(" ");

describe("every state and everything that can happen in it", () => {
  for (const state of names(STATES)) {
    for (const event of names(EVENTS)) {
      const expected = EXPECTED[state][event] ?? state;
      test(`${state}, ${event}: ${expected}`, () => {
        expect(said(step(STATES[state], EVENTS[event], moment))).toBe(expected);
      });
    }
  }
});

describe("FT-5 a close code says what to do", () => {
  for (const [code, { advice, name }] of Object.entries(CLOSE_CODES)) {
    test(`FT-5 ${code} ${name}: ${advice}`, () => {
      for (const state of [STATES.opening, STATES.greeting, STATES.listing, STATES.live]) {
        const [next] = step(state, { name: "closed", code: Number(code) }, moment);
        expect(next.name).toBe(advice === "stop" ? "refused" : "waiting");
        if (next.name === "waiting") expect(next.firm).toBe(advice === "wait");
      }
    });
  }

  test("FT-5 an unknown code means reconnect", () => {
    expect(said(step(STATES.live, { name: "closed", code: 4999 }, moment))).toBe("waiting timer");
  });

  test("FT-5 a close with the advice stop ends a drain too", () => {
    expect(step(STATES.draining, { name: "closed", code: 4403 }, moment)[0].name).toBe("refused");
  });

  test("a refusal carries the words of the fault just before it", () => {
    const [noted] = step(
      STATES.live,
      { name: "fault", fault: { ...fault, code: "signed_out", final: true } },
      moment,
    );
    const [soon] = step(noted, { name: "closed", code: 4401 }, moment);
    expect(soon).toEqual({ name: "refused", code: "signed_out", text: "Not now.", advice: "sign_in" });
    const late = { ...moment, now: NOW + TIMEOUTS.fault + 1 };
    const [later] = step(noted, { name: "closed", code: 4401 }, late);
    expect(later).toEqual({
      name: "refused",
      code: 4401,
      text: CLOSE_CODES[4401]!.text,
      advice: "sign_in",
    });
  });
});

describe("pauses", () => {
  const closed = { name: "closed", code: 1006 } as const;

  test("grow with full jitter between 0 and the cap", () => {
    let state: ConnectionState = { ...STATES.opening, attempt: 0 };
    for (let attempt = 0; attempt < 12; attempt++) {
      const ceiling = Math.min(BACKOFF.cap, BACKOFF.base * 2 ** attempt);
      for (const random of [0, 0.5, 0.999_999]) {
        const [waiting, effect] = step(state, closed, { ...moment, random });
        expect(effect).toEqual({ do: "timer", ms: Math.floor(random * (ceiling + 1)) });
        expect(waiting).toMatchObject({ attempt: attempt + 1, firm: false });
      }
      [state] = step(step(state, closed, moment)[0], { name: "timer" }, moment);
      expect(state).toEqual({ name: "opening", attempt: attempt + 1 });
    }
  });

  test("start small again after a connection that held, not after one that broke at once", () => {
    const soon = step(STATES.live, closed, { ...moment, now: NOW + TIMEOUTS.settled - 1 })[0];
    const late = step(STATES.live, closed, { ...moment, now: NOW + TIMEOUTS.settled })[0];
    expect([soon, late]).toMatchObject([{ attempt: 4 }, { attempt: 1 }]);
  });

  test("add the jitter to what the server asked for, and a network that comes back does not shorten them", () => {
    const [noted] = step(STATES.live, { name: "fault", fault: { ...fault, retryAfter: 3_000 } }, moment);
    const [waiting, effect] = step(noted, { name: "closed", code: 1013 }, moment);
    expect(effect).toEqual({ do: "timer", ms: 3_000 + Math.floor(0.5 * (BACKOFF.base * 8 + 1)) });
    expect(step(waiting, { name: "wake" }, moment)).toEqual([waiting]);
    expect(said(step(waiting, { name: "reconnect" }, moment))).toBe("opening open timer");
  });

  test("HS-9 a drain is obeyed: back at a random time within what the server chose", () => {
    for (const random of [0, 0.25, 0.999_999]) {
      const [draining, timer] = step(STATES.live, { name: "drain", within: 4_000 }, { ...moment, random });
      const ms = Math.floor(random * 4_001);
      expect([draining, timer]).toEqual([
        { name: "draining", until: NOW + ms },
        { do: "timer", ms },
      ]);
      expect(maySend(draining)).toBe(false);
      const [waiting] = step(draining, { name: "closed", code: 1012 }, { ...moment, now: NOW + 10 });
      expect(waiting).toMatchObject({ name: "waiting", until: Math.max(NOW + 10, NOW + ms), firm: true });
    }
  });
});

describe("hello", () => {
  test("HS-4 a final fault needs a person, whether a close follows or not", () => {
    const taken = {
      code: "name_taken",
      text: "That name is taken.",
      final: true,
      advice: "sign_in",
      retryAfter: 0,
    } as const;
    const [refused, ...effects] = step(STATES.greeting, { name: "fault", fault: taken }, moment);
    expect(refused).toEqual({
      name: "refused",
      code: "name_taken",
      text: "That name is taken.",
      advice: "sign_in",
    });
    expect(effects.map((effect) => effect.do)).toEqual(["close", "stop_timer"]);
    expect(step(refused, { name: "closed", code: 4401 }, moment)).toEqual([refused]);
    expect(step(refused, { name: "wake" }, moment)).toEqual([refused]);
  });

  test("HS-6 waits for the whole list before anything is sent", () => {
    const [listing, ...effects] = step(STATES.greeting, { ...EVENTS.welcome, more: true }, moment);
    expect(listing.name).toBe("listing");
    expect(effects.map((effect) => effect.do)).toEqual(["timer"]);
    expect(maySend(listing)).toBe(false);
  });
});

describe("HS-8 silence", () => {
  const quiet = (ms: number) => ({ ...moment, now: NOW + ms });

  test("HS-8 is measured from the last frame, and only when the timer is due", () => {
    const received = { now: NOW + 2 * HEARTBEAT, heardAt: NOW + HEARTBEAT, pongAt: 0, random: 0 };
    expect(step(STATES.live, { name: "timer" }, received)[1]).toEqual({ do: "timer", ms: HEARTBEAT });
  });

  test("HS-8 of two heartbeats gets a ping, and no answer to that cuts the line", () => {
    const [pinged, ...effects] = step(STATES.live, { name: "timer" }, quiet(2 * HEARTBEAT));
    expect(effects).toEqual([{ do: "ping" }, { do: "timer", ms: TIMEOUTS.pong }]);
    const late = { ...quiet(2 * HEARTBEAT + TIMEOUTS.pong), random: 0 };
    expect(said(step(pinged, { name: "timer" }, late))).toBe("waiting close timer");
    const answered = { ...late, heardAt: NOW + 2 * HEARTBEAT + 3 };
    const [alive] = step(pinged, { name: "timer" }, answered);
    expect(alive).toMatchObject({ name: "live", pinged: null });
  });

  test("one ping at a time", () => {
    const [pinged] = step(STATES.live, { name: "wake" }, moment);
    expect(step(pinged, { name: "wake" }, moment)).toEqual([pinged]);
  });
});
