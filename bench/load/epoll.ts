import { dlopen, ptr, read } from "bun:ffi";

/**
 * TCP sockets over the C library's own calls: one buffer takes all that is received, and no chunk is an allocation or a
 * callback. Reading, comparing and checking a frame here costs less than the runtime's sockets take to hand it over, and
 * the load must not be what limits. Linux with glibc only. Calls that fail throw with the number of the error (errno).
 */
const { symbols: c } = dlopen("libc.so.6", {
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
  bind: { args: ["i32", "ptr", "u32"], returns: "i32" },
  connect: { args: ["i32", "ptr", "u32"], returns: "i32" },
  setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" },
  send: { args: ["i32", "ptr", "usize", "i32"], returns: "i32" },
  recv: { args: ["i32", "ptr", "usize", "i32"], returns: "i32" },
  close: { args: ["i32"], returns: "i32" },
  epoll_create1: { args: ["i32"], returns: "i32" },
  epoll_ctl: { args: ["i32", "i32", "i32", "ptr"], returns: "i32" },
  epoll_wait: { args: ["i32", "ptr", "i32", "i32"], returns: "i32" },
  __errno_location: { args: [], returns: "ptr" },
});

const AF_INET = 2;
const SOCK_STREAM = 1;
const IPPROTO_IP = 0;
/** The port is chosen at connect, so that each pair of addresses has all of them. */
const IP_BIND_ADDRESS_NO_PORT = 24;
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const EPOLL_CTL_ADD = 1;
const EPOLLIN = 1;
const EAGAIN = 11;
const EINTR = 4;

const MAX_EVENTS = 1024;
/** struct epoll_event is packed on x86-64 alone. */
const EVENT_SIZE = process.arch === "x64" ? 12 : 16;
const DATA_AT = process.arch === "x64" ? 4 : 8;

function errno(): number {
  const at = c.__errno_location();
  return at === null ? 0 : read.i32(at, 0);
}

function must(result: number, what: string): number {
  if (result < 0) throw new Error(`${what}: error ${errno()}`);
  return result;
}

function setOption(fd: number, level: number, option: number): void {
  must(c.setsockopt(fd, level, option, ptr(Buffer.from([1, 0, 0, 0])), 4), "setsockopt");
}

/** struct sockaddr_in of 127.0.0.`host`. */
function loopback(host: number, port: number): Buffer {
  const address = Buffer.alloc(16);
  address.writeUInt16LE(AF_INET, 0);
  address.writeUInt16BE(port, 2);
  address.set([127, 0, 0, host], 4);
  return address;
}

/** What arrives on a socket: `bytes` from 0 to `end`, good until the call returns. */
export type Receive = (fd: number, bytes: Buffer, end: number) => void;

/** Many sockets, one loop. */
export class Sockets {
  readonly #epoll = must(c.epoll_create1(0), "epoll_create1");
  readonly #events = Buffer.alloc(MAX_EVENTS * EVENT_SIZE);
  readonly #in = Buffer.alloc(512 * 1024);
  readonly #eventsAt = ptr(this.#events);
  readonly #inAt = ptr(this.#in);
  /** Where a caller writes what it is going to send. */
  readonly out: Buffer = Buffer.alloc(64 * 1024);
  readonly #outAt = ptr(this.out);
  /** Bytes received so far. */
  received = 0;

  /**
   * Connects to a port on the loopback, from 127.0.0.`from`; blocks until the kernel has done so. One address has about
   * 28,000 ports, and those of closed connections rest for a minute: a load with many connections uses several addresses.
   */
  connect(port: number, from = 1): number {
    const fd = must(c.socket(AF_INET, SOCK_STREAM, 0), "socket");
    if (from !== 1) {
      setOption(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);
      must(c.bind(fd, ptr(loopback(from, 0)), 16), "bind");
    }
    must(c.connect(fd, ptr(loopback(1, port)), 16), "connect");
    setOption(fd, IPPROTO_TCP, TCP_NODELAY);
    const event = Buffer.alloc(EVENT_SIZE);
    event.writeUInt32LE(EPOLLIN, 0);
    event.writeInt32LE(fd, DATA_AT);
    must(c.epoll_ctl(this.#epoll, EPOLL_CTL_ADD, fd, ptr(event)), "epoll_ctl");
    return fd;
  }

  /** Sends the first `length` bytes of `out`. The load keeps so little in flight that it all fits: a full socket throws. */
  send(fd: number, length: number): void {
    const sent = c.send(fd, this.#outAt, length, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent !== length) throw new Error(`send took ${sent} of ${length} bytes: error ${errno()}`);
  }

  /** Waits up to `timeout` ms for something to arrive and hands over all that has. Throws when a server closed a socket. */
  poll(timeout: number, receive: Receive): void {
    const ready = c.epoll_wait(this.#epoll, this.#eventsAt, MAX_EVENTS, timeout);
    if (ready < 0 && errno() !== EINTR) throw new Error(`epoll_wait: error ${errno()}`);
    for (let i = 0; i < ready; i++) {
      const fd = this.#events.readInt32LE(i * EVENT_SIZE + DATA_AT);
      const size = c.recv(fd, this.#inAt, this.#in.length, MSG_DONTWAIT);
      if (size > 0) {
        this.received += size;
        receive(fd, this.#in, size);
      } else if (size === 0) throw new Error("The server closed a connection.");
      else if (errno() !== EAGAIN && errno() !== EINTR) throw new Error(`recv: error ${errno()}`);
    }
  }

  close(fd: number): void {
    c.close(fd);
  }
}
