import type { Crowd, Dialect, LoadWire, Member, Target } from "../load/crowd.ts";

/** How many members take the same step of the setup at once. */
const AT_ONCE = 200;
/** Seconds until all are in a lobby: a long list of people goes out each 5 s, and a slow server tells of each to each. */
const ALL_WITHIN = 50;

/** What is said in each room when all are in it: from here on every member must hear the same. */
const BEGIN = "begin";

type Frame = {
  readonly type: string;
  readonly content: string;
  /** Who says a message: the first in the lobby, the second in rooms. */
  readonly sender?: string;
  readonly username?: string;
};

/**
 * The wires of small chat servers: the lobby by name, and rooms by URL. The address names the client, a frame carries
 * one message, and a sender's answer is its own message. Nothing is numbered, so a member's position is how many messages
 * it has heard since the word to begin: what the first one to get there heard, all others must hear, byte for byte.
 */
export class DialectWire implements LoadWire {
  readonly heartbeat = 0;
  readonly ping = "";
  readonly subprotocol = null;
  readonly #target: Target;
  readonly #dialect: Dialect;
  #crowd: Crowd | null = null;
  /** Members that have heard themselves, or a notice of themselves. */
  readonly #inside = new Set<Member>();
  readonly #begun = new Set<Member>();
  /** What was said and has not come back to who said it. */
  readonly #waiting = new Map<string, { readonly member: Member; readonly slot: number }>();
  /** The longest list of people so far, and how many are in it. Most members get the same one. */
  #list = "";
  #listed = 0;

  constructor(target: Target, dialect: Dialect) {
    this.#target = target;
    this.#dialect = dialect;
  }

  path({ room, name }: Member): string {
    return this.#dialect === "lobby" ? `/ws/${name}` : `/ws/${room.id}?username=${name}`;
  }

  setUp(crowd: Crowd): void {
    this.#crowd = crowd;
    const { members } = crowd;
    if (this.#dialect === "rooms") this.#allHearThemselves(members);
    else crowd.pump(() => this.#allInLobby(members.length), "all to be in the lobby", ALL_WITHIN);
    const founders = members.filter((member, index) => members[index - 1]?.room !== member.room);
    for (const founder of founders) crowd.tell(founder, said(BEGIN));
    crowd.pump(() => this.#begun.size === members.length, "the word to begin");
  }

  message(member: Member, request: number, _: string, text: string): string {
    // A number makes each its own.
    const content = `${text} ${member.index}.${request}`;
    this.#waiting.set(content, { member, slot: request % member.sentAt.length });
    return said(content);
  }

  text(member: Member, payload: string, raw: Buffer): void {
    if (payload.startsWith('{"type":"user_list_update"')) {
      this.#people(payload);
      return;
    }
    const { type, content, sender, username } = JSON.parse(payload) as Frame;
    const author = sender ?? username;
    if (type === "error") throw new Error(`The server sent ${payload}`);
    if (this.#begun.has(member)) {
      if (author !== undefined) this.#next(member, content, raw);
    } else if (author !== undefined) {
      if (content === BEGIN) this.#begun.add(member);
      else if (author === member.name) this.#inside.add(member);
    } else if (content?.startsWith(`'${member.name}' `)) this.#inside.add(member);
  }

  /** Nothing is said to a newcomer of these rooms: who hears itself is in. */
  #allHearThemselves(members: readonly Member[]): void {
    for (let at = 0; at < members.length; at += AT_ONCE) {
      const some = members.slice(at, at + AT_ONCE);
      for (const member of some) this.#crowd!.tell(member, said(`here is ${member.name}`));
      this.#crowd!.pump(() => some.every((member) => this.#inside.has(member)), "members to hear themselves");
    }
  }

  #allInLobby(count: number): boolean {
    switch (this.#target) {
      case "parley":
        return this.#listed === count;
      case "fastapi":
        return this.#inside.size === count;
      default:
        // The bare pipeline sends no greeting: with the upgrade a client is in.
        return true;
    }
  }

  #people(payload: string): void {
    if (payload.length <= this.#list.length) return;
    this.#list = payload;
    this.#listed = (JSON.parse(payload) as { users: unknown[] }).users.length;
  }

  /** A message that no client has received before at this place. */
  #next(member: Member, content: string, raw: Buffer): void {
    const { room, stream } = member;
    if (stream.cursor < room.log.head) {
      throw new Error(`${member.name} heard ${content} where others heard something else.`);
    }
    const sent = this.#waiting.get(content);
    if (!sent) throw new Error(`${content} came a second time, or was never said.`);
    this.#waiting.delete(content);
    const seq = stream.cursor + 1;
    const own = new Map([[sent.member, [sent.slot]]]);
    const known = room.log.take(stream.cursor, [{ seq, id: content, nonce: content }], raw, own);
    stream.cursor = seq;
    this.#crowd!.same(member, known);
  }
}

function said(content: string): string {
  return `{"content":"${content}"}`;
}
