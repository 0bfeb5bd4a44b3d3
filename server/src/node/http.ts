import type { Dialects } from "../dialects/dialects.ts";
import type { CommandGate } from "../gateway/command-gate.ts";
import type { Assets } from "../gateway/http/assets.ts";
import { http } from "../gateway/http/http.ts";
import { listenForMetrics } from "../gateway/http/metrics-listener.ts";
import { metricsPage } from "../gateway/http/metrics-page.ts";
import { HostNames } from "../gateway/http/origins.ts";
import { withRequestLog } from "../gateway/http/request-log.ts";
import { KeptConnections } from "../gateway/limits/kept-connections.ts";
import { Session } from "../gateway/session/session.ts";
import { clientAddresses } from "../gateway/socket/address.ts";
import { type Listener, type ListenParts, listen } from "../gateway/socket/socket.ts";
import type { Lifecycle, NodeContext } from "./context.ts";
import type { NodeFeeds } from "./feeds.ts";
import type { NodeLimits } from "./limits.ts";
import type { NodeSignals } from "./signals.ts";
import type { NodeStore } from "./store.ts";

export type NodeHttpParts = {
  readonly lifecycle: Readonly<Lifecycle>;
  readonly store: NodeStore;
  /** What needs the operator while work goes on, as `/readyz` names it. */
  readonly degraded: () => readonly string[];
  readonly feeds: NodeFeeds;
  readonly signals: NodeSignals;
  readonly limits: NodeLimits;
  readonly gate: CommandGate;
  readonly dialects: Dialects;
  readonly assets: Assets;
  /** In a worker: the port is shared with others, and /metrics is of all of them. */
  readonly worker?: { readonly metricsText: () => Promise<string> } | undefined;
};

/** The ports on which the node listens. */
export type NodeHttp = {
  readonly port: number;
  /** The port of METRICS_LISTEN; null without it. */
  readonly metricsPort: number | null;
  /** Takes no new connections from now on. */
  stopAccepting(): void;
  close(): Promise<void>;
};

/** Listens for sockets and requests. Rejects when a port cannot be had. */
export async function startHttp(context: NodeContext, parts: NodeHttpParts): Promise<NodeHttp> {
  const { config } = context;
  const { metrics } = parts.store;
  const hosts = new HostNames(config);
  const metricsListener =
    config.metrics && config.metricsListen
      ? await listenForMetrics({
          ...config.metricsListen,
          metrics,
          answersTo: (hostname) => hosts.answersTo(hostname),
        })
      : null;
  let listener: Listener;
  try {
    listener = listen(listenParts(context, parts, hosts));
  } catch (error) {
    await metricsListener?.close();
    throw error;
  }
  parts.feeds.publisher.attach(listener);
  return {
    port: listener.port,
    metricsPort: metricsListener?.port ?? null,
    stopAccepting: () => listener.stopAccepting(),
    async close() {
      await listener.stop();
      await metricsListener?.close();
    },
  };
}

function keepsOf({ config, monotonicNow }: NodeContext, { rates }: NodeLimits): ListenParts["mayKeep"] {
  if (!rates) return () => true;
  const kept = new KeptConnections({ idle: config.requestTimeout * 1_000, now: monotonicNow });
  return (address, port) => kept.mayKeep(address, port);
}

function listenParts(context: NodeContext, parts: NodeHttpParts, hosts: HostNames): ListenParts {
  const { config, log, traffic, counts, newId, monotonicNow } = context;
  const addressOf = clientAddresses({ networks: config.trustedProxies, count: config.trustProxy });
  return {
    port: config.port,
    host: config.host,
    sharesPort: parts.worker !== undefined,
    requestTimeout: config.requestTimeout,
    mayKeep: keepsOf(context, parts.limits),
    fetch: withRequestLog(requestHandler(context, parts, hosts), {
      log,
      traffic,
      metrics: config.metrics ? parts.store.metrics : null,
      faults: counts.faults,
      newId,
      monotonicNow,
    }),
    originAllowed: (origin, url) => hosts.isOwn(origin, url) || config.allowedOrigins.includes(origin),
    answersTo: (hostname) => hosts.answersTo(hostname),
    addressOf: (request, peer) => addressOf(request.headers, peer),
    admission: parts.limits.admission,
    upgradesRefused: counts.upgradesRefused,
    openOther: (url, origin) => parts.dialects.open(url, origin),
    open: sessionOpener(context, parts),
    log,
  };
}

/** Answers every request that is not an upgrade. */
function requestHandler(context: NodeContext, parts: NodeHttpParts, hosts: HostNames) {
  const { config, log, newId, now, monotonicNow, version } = context;
  const { lifecycle, feeds, signals, limits, gate, dialects, assets, degraded } = parts;
  const { store, metrics, storeAnswers, durability } = parts.store;
  const { admission, reads, refill, requests } = limits;
  const page = parts.worker ? { contentType: metrics.contentType, text: parts.worker.metricsText } : metrics;
  return http({
    answersTo: (hostname) => hosts.answersTo(hostname),
    other: (request, address, asked) => dialects.answer(request, address, asked),
    limiter: requests,
    storeAnswers,
    leaving: () => lifecycle.leaving,
    degraded,
    metrics: config.metrics
      ? (request) => metricsPage({ metrics: page, token: config.metricsToken }, request)
      : null,
    store,
    guests: feeds.guests,
    chat: feeds.chat,
    gate,
    admission,
    reads,
    isOnline: (user) => signals.presence.isOnline(user),
    isOnlineUnknown: () => signals.presence.isUnknown,
    newId,
    now,
    monotonicNow,
    refill,
    version,
    guestsOpen: config.guests,
    assets,
    cors: { allowedOrigins: config.allowedOrigins, isOwn: (origin, url) => hosts.isOwn(origin, url) },
    durability,
    ready: () => !lifecycle.draining,
    log,
  });
}

/** Opens the session of a socket of the native protocol. */
function sessionOpener(context: NodeContext, parts: NodeHttpParts): ListenParts["open"] {
  const { log, traffic, counts, newId, now, monotonicNow } = context;
  const { chat, guests, fanout, sessions, devices } = parts.feeds;
  const { presence, signalHub, readMarks } = parts.signals;
  const { admission, rates, reads, refill } = parts.limits;
  const shared = {
    chat,
    store: parts.store.store,
    guests,
    fanout,
    sessions,
    devices,
    presence,
    signalHub,
    readMarks,
    admission,
    maxPerUser: rates?.connectionsPerUser ?? Number.POSITIVE_INFINITY,
    rates,
    gate: parts.gate,
    reads,
    counts: counts.sockets,
    log,
    traffic,
    now,
    monotonicNow,
    refill,
  };
  return (connection, { bearer }) => new Session(connection, { ...shared, id: newId(), bearer });
}
