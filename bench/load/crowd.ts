import { Sockets } from "./epoll.ts";
import { FeedLog, type Known } from "./feed-log.ts";
import { OPCODE, upgradeRequest, writeFrame } from "./frames.ts";
import { FrameStream, type Listener } from "./stream.ts";
import { makeTexts } from "./texts.ts";

/** Which server is under load. */
export type Target = "parley" | "bare" | "socketio" | "ws" | "fastapi";

/** A wire of small chat servers: one lobby by name, or rooms by URL. */
export type Dialect = "lobby" | "rooms";

/** What one load process does. */
export type Job = {
  readonly wire: Target;
  /** Spoken instead of the wire of its own. */
  readonly dialect?: Dialect;
  readonly port: number;
  readonly rooms: number;
  /** In each room, and how many of them send. */
  readonly members: number;
  readonly senders: number;
  /** Messages of one sender that wait for their answer at any time. */
  readonly inFlight: number;
};

/** A room, and what of it has been read. */
export type Room = { readonly id: string; readonly name: string; readonly log: FeedLog<Member> };

/** One connection: a member of one room. */
export class Member {
  readonly stream: FrameStream<Member>;
  /** When each of its sends in flight went out, by slot (ms). Empty: it only listens. */
  readonly sentAt: number[];
  /** Slots that were answered, to be sent from when the chunk has been read. */
  readonly ready: number[] = [];
  upgraded = false;
  requests = 0;
  /** The same on every wire: events of equal length make figures that compare. */
  readonly name: string;

  readonly fd: number;
  readonly index: number;
  readonly room: Room;

  constructor(fd: number, index: number, room: Room, slots: number, listener: Listener<Member>) {
    this.fd = fd;
    this.index = index;
    this.room = room;
    this.name = `m${index}-${room.id.slice(-12)}`;
    this.sentAt = new Array<number>(slots).fill(0);
    this.stream = new FrameStream(this, room.log, listener);
  }
}

/** What differs between the servers under load: how a connection begins and how a message is answered. */
export interface LoadWire {
  /** Where a member's connection is opened, and the subprotocol that it asks for. */
  path(member: Member): string;
  readonly subprotocol: string | null;
  /** Brings all members to where they hear their room live and may send in it. */
  setUp(crowd: Crowd): void;
  /** The payload of a message that a member sends now. `request` is another one for each, and tells the slot by its remainder. */
  message(member: Member, request: number, nonce: string, text: string): string;
  /** A frame that no member has read before. */
  text(member: Member, payload: string, raw: Buffer): void;
  /** How often each connection gives a sign of life, in ms; 0: never. */
  readonly heartbeat: number;
  /** The frame that does so. */
  readonly ping: string;
}

/** All connections of a job, and what they count. */
export class Crowd implements Listener<Member> {
  readonly members: Member[] = [];
  readonly rooms: Room[];
  /** Events that members have received, each once for each of them. */
  deliveries = 0;
  /** Frames of events that members have received. */
  frames = 0;
  /** Round trips of the messages that were answered, in ms, since the list was last emptied. */
  roundTrips: number[] = [];
  unanswered = 0;
  sending = false;

  readonly #job: Job;
  readonly #wire: LoadWire;
  readonly #sockets = new Sockets();
  readonly #byFd: (Member | undefined)[] = [];
  readonly #texts = makeTexts(4096, 60);
  #nextText = 0;
  #beat = 0;
  #beatsFrom = performance.now();

  constructor(job: Job, wire: LoadWire) {
    this.#job = job;
    this.#wire = wire;
    this.rooms = Array.from({ length: job.rooms }, (_, index) => {
      const id = Bun.randomUUIDv7();
      return { id, name: `Bench ${index} ${id.slice(-6)}`, log: new FeedLog<Member>(id) };
    });
  }

  get received(): number {
    return this.#sockets.received;
  }

  /** Opens all connections, some at a time, so that no queue of the kernel overflows. */
  connect(): void {
    for (const room of this.rooms) {
      for (let i = 0; i < this.#job.members; i++) {
        const fd = this.#sockets.connect(this.#job.port);
        // Senders are spread evenly among the members, a single one in the middle: none is served first on purpose.
        const { members, senders, inFlight } = this.#job;
        const step = members / senders;
        const sends = i === Math.floor(Math.floor(i / step) * step + step / 2);
        const member = new Member(fd, this.members.length, room, sends ? inFlight : 0, this);
        this.members.push(member);
        this.#byFd[fd] = member;
        const request = upgradeRequest(
          this.#wire.path(member),
          `127.0.0.1:${this.#job.port}`,
          this.#wire.subprotocol,
        );
        this.#sockets.send(fd, this.#sockets.out.write(request, 0, "latin1"));
        if (this.members.length % 64 === 0) this.#allUpgraded();
      }
    }
    this.#allUpgraded();
  }

  #allUpgraded(): void {
    this.pump(() => this.members.every((member) => member.upgraded), "the upgrades");
  }

  /** Sends one frame of JSON. */
  tell(member: Member, json: string): void {
    this.#sockets.send(member.fd, writeFrame(this.#sockets.out, 0, OPCODE.text, json));
  }

  /** Lets all senders begin. */
  start(): void {
    this.sending = true;
    for (const member of this.members) {
      if (member.sentAt.length === 0) continue;
      for (let slot = 0; slot < member.sentAt.length; slot++) member.ready.push(slot);
      this.#send(member);
    }
  }

  /** Lets what is in flight arrive; throws when anything is missing anywhere. */
  stop(): void {
    this.sending = false;
    this.pump(() => this.unanswered === 0, "the last answers");
    const behind = (member: Member) => member.stream.cursor < member.room.log.head;
    this.pump(() => this.rooms.every(({ log }) => log.complete), "an event that was acknowledged");
    this.pump(() => !this.members.some(behind), "the last events to everybody");
  }

  /** Reads whatever comes until `done` or the time is over; then it throws. */
  pump(done: () => boolean, what: string, seconds = 20): void {
    const until = performance.now() + seconds * 1000;
    while (!done()) {
      if (performance.now() > until) throw new Error(`Waited ${seconds} s in vain for ${what}.`);
      this.#turn(10);
    }
  }

  /** Reads whatever comes for `ms`. */
  pumpFor(ms: number): void {
    const until = performance.now() + ms;
    for (let now = performance.now(); now < until; now = performance.now())
      this.#turn(Math.ceil(until - now));
  }

  /** A sender's message in this slot was answered. */
  answered(member: Member, slot: number): void {
    this.unanswered--;
    this.roundTrips.push(performance.now() - member.sentAt[slot]!);
    if (this.sending) member.ready.push(slot);
  }

  same(member: Member, known: Known<Member>): void {
    this.deliveries += known.count;
    this.frames++;
    if (known.own === null) return;
    const slots = known.own.get(member);
    if (slots) for (const slot of slots) this.answered(member, slot);
  }

  text(member: Member, payload: string, raw: Buffer): void {
    this.#wire.text(member, payload, raw);
  }

  control(member: Member, opcode: number, payload: Buffer): void {
    if (opcode === OPCODE.ping) {
      const end = writeFrame(this.#sockets.out, 0, OPCODE.pong, payload.toString("latin1"));
      this.#sockets.send(member.fd, end);
    } else if (opcode === OPCODE.close) {
      const code = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
      throw new Error(`The server closed a connection: ${code} ${payload.toString("utf8", 2)}`);
    }
  }

  #turn(timeout: number): void {
    this.#sockets.poll(Math.min(timeout, 10), this.#receive);
    if (this.#wire.heartbeat === 0) {
      this.#beatsFrom = performance.now();
      return;
    }
    // Signs of life, spread evenly.
    const { length } = this.members;
    const due = ((performance.now() - this.#beatsFrom) / this.#wire.heartbeat) * length;
    for (; this.#beat < due; this.#beat++) this.tell(this.members[this.#beat % length]!, this.#wire.ping);
  }

  readonly #receive = (fd: number, bytes: Buffer, end: number): void => {
    const member = this.#byFd[fd]!;
    let at = 0;
    if (!member.upgraded) {
      const close = bytes.subarray(0, end).indexOf("\r\n\r\n");
      const answer = bytes.toString("latin1", 0, end);
      if (!answer.startsWith("HTTP/1.1 101 ") || close < 0) throw new Error(`No upgrade: ${answer}`);
      member.upgraded = true;
      at = close + 4;
    }
    member.stream.read(bytes, at, end);
    if (member.ready.length > 0) this.#send(member);
  };

  /** Sends from all ready slots of a member in one call, as a client does that was answered twice in one frame. */
  #send(member: Member): void {
    const { out } = this.#sockets;
    const now = performance.now();
    let end = 0;
    for (const slot of member.ready) {
      const nonce = Bun.randomUUIDv7();
      const request = member.requests++ * member.sentAt.length + slot;
      const text = this.#texts[this.#nextText++ & 4095]!;
      end = writeFrame(out, end, OPCODE.text, this.#wire.message(member, request, nonce, text));
      member.sentAt[slot] = now;
      this.unanswered++;
    }
    member.ready.length = 0;
    this.#sockets.send(member.fd, end);
  }
}
