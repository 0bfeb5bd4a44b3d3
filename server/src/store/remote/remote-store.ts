import { FAULTS, type FeedId, fault, isFault, type WireEvent } from "@parley/protocol";
import type { Command } from "../../core/command.ts";
import { packCommands } from "../commit/command-packing.ts";
import { unpack, unpackEvents } from "../commit/packing.ts";
import type { Committed, ReadMeter, Store, Verdict } from "../store.ts";
import { METHODS, type Method, packCall, unpackAnswer } from "./calls.ts";
import { FRAME, type Frame } from "./frames.ts";
import { Link, type StoreState } from "./link.ts";

export type RemoteStoreParts = {
  /** The path of the store process's socket. */
  readonly path: string;
  /** The name of this gateway, unique among all that ever connected. */
  readonly node: string;
  /** LINK_VERSION, unless a test sets another. */
  readonly version?: number;
  /** The store process has another epoch or version: this gateway must end. */
  readonly onMismatch: (error: Error) => void;
  /** How long calls wait for a store process that is away. Milliseconds. */
  readonly patience?: number;
};

/** A store in another process, with what else comes over its connection. */
export type RemoteStore = {
  readonly store: Store;
  /** What the store process relays between gateways. Listeners that are added in the first turn of the loop miss nothing. */
  readonly relay: RemoteRelay;
  /** The state that the store process reported last. */
  state(): StoreState;
};

/** The link of a bus (bus/relay.ts says what each method does). */
export interface RemoteRelay {
  readonly isConnected: boolean;
  signal(text: string, to: string | null): boolean;
  onEvents(
    wants: (feed: FeedId) => boolean,
    listener: (feed: FeedId, events: readonly WireEvent[]) => void,
  ): void;
  onSignal(listener: (text: string) => void): void;
  onGap(listener: (reason: "reconnected" | "behind") => void): void;
  onConnected(listener: (isConnected: boolean) => void): void;
  onNodes(listener: (nodes: readonly string[]) => void): void;
}

/** Characters of a packed batch above which it is sent in two. */
const MOST_PACKED = 16_777_216;

/**
 * Opens the store of the store process as if it were here. Rejects when that process does not answer.
 *
 * A connection that is cut leaves the outcome of a batch unknown. It is sent again, and what was committed the first time is
 * answered as a duplicate. Other gateways received its events when they were committed; this one is told of a gap, and its
 * fan-out reads them from the store.
 */
export async function openRemoteStore(parts: RemoteStoreParts): Promise<RemoteStore> {
  const onEvents: ((text: string) => void)[] = [];
  const onSignal: ((text: string) => void)[] = [];
  const onGap: ((reason: "reconnected" | "behind") => void)[] = [];
  const onConnected: ((isConnected: boolean) => void)[] = [];
  const onNodes: ((nodes: readonly string[]) => void)[] = [];
  let nodes: readonly string[] = [parts.node];
  let state: StoreState;
  const tell = <Said>(listeners: readonly ((said: Said) => void)[], said: Said) => {
    for (const listener of listeners) listener(said);
  };
  const link = new Link({
    ...parts,
    onReconnect: () => tell(onGap, "reconnected"),
    onConnected: (isConnected) => tell(onConnected, isConnected),
    onFrame({ kind, payload }) {
      switch (kind) {
        case FRAME.events:
          tell(onEvents, payload.toString("utf8"));
          break;
        case FRAME.signal:
          tell(onSignal, payload.toString("utf8"));
          break;
        case FRAME.gap:
          tell(onGap, "behind");
          break;
        case FRAME.nodes:
          nodes = JSON.parse(payload.toString("utf8")) as string[];
          tell(onNodes, nodes);
          break;
        case FRAME.state:
          state = JSON.parse(payload.toString("utf8")) as StoreState;
          break;
      }
    },
  });
  const welcome = await link.open();
  state = welcome.state;
  return {
    store: storeOver(link, welcome.epoch),
    relay: {
      get isConnected() {
        return link.isUp;
      },
      signal: (text, to) => link.tell(FRAME.signal, `${to ?? ""}\n${text}`),
      onEvents(wants, listener) {
        onEvents.push((text) => {
          for (const { feed, events } of unpackEvents(text, wants)) listener(feed, events);
        });
      },
      onSignal: (listener) => void onSignal.push(listener),
      onGap: (listener) => void onGap.push(listener),
      onConnected: (listener) => void onConnected.push(listener),
      onNodes(listener) {
        onNodes.push(listener);
        listener(nodes);
      },
    },
    state: () => state,
  };
}

function storeOver(link: Link, epoch: string): Store {
  const call = async (method: Method, args: readonly unknown[], meter?: ReadMeter): Promise<unknown> => {
    const frame = await link.ask(FRAME.call, packCall(method, args));
    return unpackAnswer(method, frame.payload.toString("utf8"), meter);
  };
  const methods: { [method: string]: unknown } = {};
  for (const method of Object.keys(METHODS) as Method[]) {
    const position = METHODS[method].meter;
    methods[method] =
      position === null
        ? (...args: unknown[]) => call(method, args)
        : (...args: unknown[]) => call(method, args.slice(0, position), args[position] as ReadMeter);
  }
  return {
    ...(methods as unknown as Omit<Store, "epoch" | "commit" | "close">),
    epoch,
    commit: inOrder((commands) => commitOver(link, commands)),
    close: () => link.close(),
  };
}

/** While a batch goes in several frames, later ones wait: batches take effect in the order of the calls. */
function inOrder(commit: Store["commit"]): Store["commit"] {
  let last: Promise<unknown> = Promise.resolve();
  let splitting = 0;
  return (commands) => {
    const isLarge = commands.length > 1 && textOf(commands) > MOST_PACKED / 8;
    if (!isLarge && splitting === 0) return commit(commands);
    splitting++;
    const committed = last.then(() => commit(commands)).finally(() => splitting--);
    last = committed.catch(() => {});
    return committed;
  };
}

/** Characters of the texts, of which each may take six when it is packed. */
function textOf(commands: readonly Command[]): number {
  let characters = 0;
  for (const { body } of commands) if ("text" in body) characters += body.text.length;
  return characters;
}

async function commitOver(link: Link, commands: readonly Command[]): Promise<Committed> {
  const packed = packCommands(commands);
  if (packed.length <= MOST_PACKED || commands.length < 2)
    return committedOf(await link.ask(FRAME.commit, packed));
  const middle = commands.length >> 1;
  const first = await commitOver(link, commands.slice(0, middle));
  return inTwo(link, first, commands.slice(0, middle), commands.slice(middle));
}

function committedOf({ payload }: Frame): Committed {
  return unpack(payload.toString("utf8"));
}

/** The second half of a batch too large for one frame. What a refused command of the first half holds is not sent (P5). */
async function inTwo(
  link: Link,
  first: Committed,
  before: readonly Command[],
  commands: readonly Command[],
): Promise<Committed> {
  const key = ({ actor, body }: Command) => `${actor.id} ${body.room}`;
  const held = new Set<string>();
  for (const [i, verdict] of first.verdicts.entries()) {
    if (isFault(verdict) && !FAULTS[verdict.fault].final) held.add(key(before[i] as Command));
  }
  const sent = commands.filter((command) => !held.has(key(command)));
  const second = await commitOver(link, sent);
  let next = 0;
  const verdicts = commands.map(
    (command): Verdict => (held.has(key(command)) ? fault("held") : (second.verdicts[next++] as Verdict)),
  );
  return { verdicts: [...first.verdicts, ...verdicts], feeds: [...first.feeds, ...second.feeds] };
}
