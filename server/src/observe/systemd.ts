import { spawn } from "node:child_process";
import type { Log } from "./log.ts";

/** How long sending one message may take. Milliseconds. */
const SENT_WITHIN = 5_000;

export type SystemdParts = {
  /** The environment of this process. systemd sets NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID (sd_notify(3)). */
  readonly env: { readonly [name: string]: string | undefined };
  readonly pid: number;
  readonly parent: number;
  readonly log: Pick<Log, "warn">;
};

/** Notifies systemd of the state of the server, where systemd runs it with `Type=notify`; otherwise it does nothing. */
export interface Systemd {
  /** The server listens. From now on the watchdog, if any, gets its messages while the event loop runs. */
  ready(): void;
  /** The server is stopping. Resolves when that was sent or failed: the sender ends with this process. */
  stopping(): Promise<void>;
}

/**
 * The runtime has no datagram sockets of this kind, so the messages are sent by systemd's own program. It is another process
 * than the one that systemd started, so the unit needs `NotifyAccess=all`.
 */
export function notifySystemd({ env, pid, parent, log }: SystemdParts): Systemd {
  if (!env.NOTIFY_SOCKET) return { ready: () => {}, stopping: async () => {} };
  let failed = false;
  const fail = (error: unknown) => {
    if (failed) return;
    failed = true;
    log.warn({ error }, "systemd-notify failed: systemd does not know that the server is ready");
  };
  const send = (message: string) =>
    new Promise<void>((resolve) => {
      const child = spawn("systemd-notify", [message], { stdio: "ignore", timeout: SENT_WITHIN });
      child.on("error", (error) => {
        fail(error);
        resolve();
      });
      child.on("exit", (code) => {
        if (code !== 0) fail(new Error(`systemd-notify ended with ${code ?? "a signal"}`));
        resolve();
      });
    });
  // systemd started the launcher, which is our parent.
  const watched = !env.WATCHDOG_PID || [pid, parent].includes(Number(env.WATCHDOG_PID));
  const interval = watched ? Number(env.WATCHDOG_USEC ?? 0) / 1_000 / 2 : 0;
  return {
    ready() {
      void send("READY=1");
      if (interval > 0) setInterval(() => void send("WATCHDOG=1"), interval).unref();
    },
    stopping: () => send("STOPPING=1"),
  };
}
