import { type Advice, CLOSE_CODES, closeAdvice, type FaultCode } from "@parley/protocol";
import { backoff } from "../base/backoff.ts";

/** Milliseconds. */
export const TIMEOUTS = {
  /** For the socket to open, then for the welcome, then for each part of the list of feeds. */
  handshake: 10_000,
  /** For any frame after a ping. */
  pong: 5_000,
  /** What is left of a handshake that was under way when the user or the network came back. */
  hurry: 5_000,
  /** As `pong`, after the user or the network came back: the connection may be dead without a close. */
  probe: 3_000,
  /** What comes so long after a ping did not wait in this device's own buffers while it slept. */
  stale: 1_000,
  /** How long a connection lives before it counts as good and the pauses start small again. */
  settled: 10_000,
  /** The least pause after a close code with the advice `wait`. */
  wait: 5_000,
  /** How long before its close a fault still explains it. */
  fault: 5_000,
} as const;

/** A fault that is about the connection and not about one command. `retryAfter` in milliseconds. */
export type SessionFault = {
  readonly code: FaultCode;
  readonly text: string;
  readonly final: boolean;
  readonly advice: Advice;
  readonly retryAfter: number;
};
type Noted = SessionFault & { readonly at: number };

/** The state of the connection. `attempt` counts tries since the last good connection. Times in milliseconds of a clock that never jumps. */
export type ConnectionState =
  | { readonly name: "stopped"; readonly why: "not_started" | "by_you" }
  | {
      readonly name: "refused";
      readonly code: FaultCode | number;
      readonly text: string;
      readonly advice: Advice;
    }
  | { readonly name: "opening"; readonly attempt: number }
  | { readonly name: "greeting"; readonly attempt: number }
  | {
      readonly name: "listing";
      readonly attempt: number;
      readonly heartbeat: number;
      readonly fault: Noted | null;
    }
  | {
      readonly name: "live";
      readonly attempt: number;
      readonly heartbeat: number;
      readonly since: number;
      /** When the ping left that nothing answered yet. */
      readonly pinged: number | null;
      /** The ping asks whether the line died unseen: without a pong another is opened at once. */
      readonly probing: boolean;
      readonly fault: Noted | null;
    }
  /** The server goes away and we come back at `until`; it still answers what it has, and we send no more commands. */
  | { readonly name: "draining"; readonly until: number }
  /** `firm`: the server chose the pause, so a network that comes back does not shorten it. */
  | { readonly name: "waiting"; readonly attempt: number; readonly until: number; readonly firm: boolean };

/** What can happen to a connection. */
export type ConnectionEvent =
  | { readonly name: "start" }
  | { readonly name: "stop" }
  /** A person wants it now. */
  | { readonly name: "reconnect" }
  /** The network came back, or the page is looked at again. */
  | { readonly name: "wake" }
  | { readonly name: "opened" }
  | { readonly name: "closed"; readonly code: number }
  | { readonly name: "welcome"; readonly heartbeat: number; readonly more: boolean }
  /** The last part of the list of feeds is here. */
  | { readonly name: "listed" }
  | { readonly name: "fault"; readonly fault: SessionFault }
  | { readonly name: "drain"; readonly within: number }
  /** A command has had no answer for too long on a connection that seems alive, or cannot get past a hold. */
  | { readonly name: "stuck" }
  | { readonly name: "timer" };

/** What is to be done. There is one timer: a new one replaces the old one, `stop_timer` ends it. */
export type Effect =
  | { readonly do: "open" }
  | { readonly do: "close"; readonly code: number }
  | { readonly do: "hello" }
  /** Ask for all feeds, then send what the outbox holds. */
  | { readonly do: "resume" }
  | { readonly do: "ping" }
  | { readonly do: "timer"; readonly ms: number }
  | { readonly do: "stop_timer" };

/** What a step may know besides state and event. `heardAt`: when the last frame came, `pongAt`: the last pong. `random`: 0 to below 1. */
export type Moment = {
  readonly now: number;
  readonly heardAt: number;
  readonly pongAt: number;
  readonly random: number;
};
export type Step = readonly [ConnectionState, ...Effect[]];

type StateOf<S> = Extract<ConnectionState, { name: S }>;
type EventOf<H> = Extract<ConnectionEvent, { name: H }>;
type Cell<S, H> = (state: StateOf<S>, event: EventOf<H>, moment: Moment) => Step;
type StateRow<S> = { readonly [H in ConnectionEvent["name"]]: Cell<S, H> };
type Table = { readonly [S in ConnectionState["name"]]: StateRow<S> };

const stay = (state: ConnectionState): Step => [state];
const CLOSE: Effect = { do: "close", code: 1000 };

const open = (attempt: number): Step => [
  { name: "opening", attempt },
  { do: "open" },
  { do: "timer", ms: TIMEOUTS.handshake },
];
const begin = (): Step => open(0);
const reopen = (): Step => [
  { name: "opening", attempt: 0 },
  CLOSE,
  { do: "open" },
  { do: "timer", ms: TIMEOUTS.handshake },
];
const stop = (): Step => [{ name: "stopped", why: "by_you" }, { do: "stop_timer" }];
const hangUp = (): Step => [{ name: "stopped", why: "by_you" }, CLOSE, { do: "stop_timer" }];

/** Comes back after a pause with full jitter, added to what the server asked for. */
function later(attempt: number, moment: Moment, asked: number): Step {
  const ms = asked + backoff(attempt, moment.random);
  return [
    { name: "waiting", attempt: attempt + 1, until: moment.now + ms, firm: asked > 0 },
    { do: "timer", ms },
  ];
}

/** The socket does not answer: it is given up without waiting for its close. */
function cut(state: { readonly attempt: number }, _: unknown, moment: Moment): Step {
  const [waiting, ...effects] = later(state.attempt, moment, 0);
  return [waiting, CLOSE, ...effects];
}

function refuse(code: FaultCode | number, text: string, advice: Advice): ConnectionState {
  return { name: "refused", code, text, advice };
}

function refusedBy({ code, text, advice }: SessionFault): Step {
  return [refuse(code, text, advice), CLOSE, { do: "stop_timer" }];
}

function closed(attempt: number, code: number, fault: Noted | null, moment: Moment): Step {
  const reason = fault && moment.now - fault.at <= TIMEOUTS.fault ? fault : null;
  switch (closeAdvice(code)) {
    case "stop":
      return [
        refuse(
          reason?.code ?? code,
          reason?.text ?? CLOSE_CODES[code]?.text ?? `Closed with ${code}.`,
          CLOSE_CODES[code]?.name === "sign_in" ? "sign_in" : (reason?.advice ?? "never"),
        ),
        { do: "stop_timer" },
      ];
    case "wait":
      return later(attempt, moment, Math.max(reason?.retryAfter ?? 0, TIMEOUTS.wait));
    case "reconnect":
      return later(attempt, moment, reason?.retryAfter ?? 0);
  }
}

/** At hello a final fault means that the same hello will be refused again; any other, that it is not the time. */
function greetingFault(state: StateOf<"greeting">, { fault }: EventOf<"fault">, moment: Moment): Step {
  if (fault.final) return refusedBy(fault);
  const [waiting, ...effects] = later(state.attempt, moment, fault.retryAfter);
  return [waiting, CLOSE, ...effects];
}

function goLive(attempt: number, heartbeat: number, fault: Noted | null, { now }: Moment): Step {
  return [
    { name: "live", attempt, heartbeat, since: now, pinged: null, probing: false, fault },
    { do: "resume" },
    { do: "timer", ms: 2 * heartbeat },
  ];
}

function ping(state: StateOf<"live">, { now }: Moment): Step {
  return [{ ...state, pinged: now, probing: false }, { do: "ping" }, { do: "timer", ms: TIMEOUTS.pong }];
}

/** The user or the network came back. The device may have slept, and the connection be dead without a close. */
function probe(state: StateOf<"live">, _: unknown, { now }: Moment): Step {
  if (state.probing) return [state];
  return [{ ...state, pinged: now, probing: true }, { do: "ping" }, { do: "timer", ms: TIMEOUTS.probe }];
}

/** The same while a connection is being made: the attempt may be from before the sleep, so it gets little more time. */
function hurry<S extends StateOf<"opening" | "greeting" | "listing">>(state: S): Step {
  return [
    { ...state, attempt: 0 },
    { do: "timer", ms: TIMEOUTS.hurry },
  ];
}

/** A fault about the connection itself. A signed-out user has to sign in again; the rest is kept for the close. */
function faulted(state: StateOf<"listing" | "live">, { fault }: EventOf<"fault">, moment: Moment): Step {
  return fault.advice === "sign_in" ? refusedBy(fault) : [{ ...state, fault: note(fault, moment) }];
}

/** Attempts so far, forgotten once the connection has been good for a while: a server that dies at once is not stormed. */
function attemptsOf(state: StateOf<"live">, { now }: Moment): number {
  return now - state.since >= TIMEOUTS.settled ? 0 : state.attempt;
}

/** Frames are not happenings here: the timer looks at `heardAt` when it is due, so that traffic costs nothing. */
function silence(state: StateOf<"live">, _: unknown, moment: Moment): Step {
  const { now, heardAt, pongAt } = moment;
  if (state.pinged !== null && state.probing) {
    const isAlive = pongAt >= state.pinged || heardAt >= state.pinged + TIMEOUTS.stale;
    if (!isAlive) return reopen();
  } else if (state.pinged !== null && heardAt < state.pinged) {
    return cut({ attempt: attemptsOf(state, moment) }, _, moment);
  }
  const quiet = now - heardAt;
  const most = 2 * state.heartbeat;
  if (quiet >= most) return ping(state, moment);
  return [
    { ...state, pinged: null, probing: false },
    { do: "timer", ms: most - quiet },
  ];
}

/** The server chose a time for each of us; within it we choose again (SPEC HS-9). What is in flight may still be answered. */
function leave(_: unknown, { within }: EventOf<"drain">, { now, random }: Moment): Step {
  const ms = Math.floor(random * (within + 1));
  return [
    { name: "draining", until: now + ms },
    { do: "timer", ms },
  ];
}

const note = (fault: SessionFault, { now }: Moment): Noted => ({ ...fault, at: now });

/** Every state and everything that can happen in it: leave one out and it does not compile. */
const TABLE: Table = {
  stopped: {
    start: begin,
    stop,
    reconnect: stay,
    wake: stay,
    opened: stay,
    closed: stay,
    welcome: stay,
    listed: stay,
    fault: stay,
    drain: stay,
    stuck: stay,
    timer: stay,
  },
  refused: {
    start: begin,
    stop,
    reconnect: begin,
    wake: stay,
    opened: stay,
    closed: stay,
    welcome: stay,
    listed: stay,
    fault: stay,
    drain: stay,
    stuck: stay,
    timer: stay,
  },
  opening: {
    start: stay,
    stop: hangUp,
    reconnect: hurry,
    wake: hurry,
    opened: ({ attempt }) => [
      { name: "greeting", attempt },
      { do: "hello" },
      { do: "timer", ms: TIMEOUTS.handshake },
    ],
    closed: ({ attempt }, { code }, moment) => closed(attempt, code, null, moment),
    welcome: stay,
    listed: stay,
    fault: stay,
    drain: stay,
    stuck: stay,
    timer: cut,
  },
  greeting: {
    start: stay,
    stop: hangUp,
    reconnect: hurry,
    wake: hurry,
    opened: stay,
    closed: ({ attempt }, { code }, moment) => closed(attempt, code, null, moment),
    welcome: ({ attempt }, { heartbeat, more }, moment) =>
      more
        ? [
            { name: "listing", attempt, heartbeat, fault: null },
            { do: "timer", ms: TIMEOUTS.handshake },
          ]
        : goLive(attempt, heartbeat, null, moment),
    listed: stay,
    fault: greetingFault,
    drain: leave,
    stuck: stay,
    timer: cut,
  },
  listing: {
    start: stay,
    stop: hangUp,
    reconnect: hurry,
    wake: hurry,
    opened: stay,
    closed: ({ attempt, fault }, { code }, moment) => closed(attempt, code, fault, moment),
    welcome: stay,
    listed: ({ attempt, heartbeat, fault }, _, moment) => goLive(attempt, heartbeat, fault, moment),
    fault: faulted,
    drain: leave,
    stuck: stay,
    timer: cut,
  },
  live: {
    start: stay,
    stop: hangUp,
    reconnect: probe,
    wake: probe,
    opened: stay,
    closed: (state, { code }, moment) => closed(attemptsOf(state, moment), code, state.fault, moment),
    welcome: stay,
    listed: stay,
    fault: faulted,
    drain: leave,
    stuck: (state, event, moment) => cut({ attempt: attemptsOf(state, moment) }, event, moment),
    timer: silence,
  },
  draining: {
    start: stay,
    stop: hangUp,
    reconnect: stay,
    wake: stay,
    opened: stay,
    closed: ({ until }, { code }, { now }) => {
      if (closeAdvice(code) === "stop")
        return closed(0, code, null, { now, heardAt: now, pongAt: now, random: 0 });
      const ms = Math.max(0, until - now);
      return [
        { name: "waiting", attempt: 0, until: now + ms, firm: true },
        { do: "timer", ms },
      ];
    },
    welcome: stay,
    listed: stay,
    fault: stay,
    drain: stay,
    stuck: stay,
    timer: reopen,
  },
  waiting: {
    start: stay,
    stop,
    reconnect: begin,
    wake: (state) => (state.firm ? [state] : begin()),
    opened: stay,
    closed: stay,
    welcome: stay,
    listed: stay,
    fault: stay,
    drain: stay,
    stuck: stay,
    timer: ({ attempt }) => open(attempt),
  },
};

/** What comes next, and what is to be done for it. Pure. */
export function step(state: ConnectionState, event: ConnectionEvent, moment: Moment): Step {
  // The table's type pairs each cell with its row and column; a lookup by two unions loses that pairing.
  const cell = TABLE[state.name][event.name] as Cell<ConnectionState["name"], ConnectionEvent["name"]>;
  return cell(state as never, event as never, moment);
}

/** Whether commands may be sent. */
export function maySend(state: ConnectionState): boolean {
  return state.name === "live";
}
