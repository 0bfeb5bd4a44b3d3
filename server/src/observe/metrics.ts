import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { type DoctorResult, readDoctorResult } from "./doctor-result.ts";
import { type Figures, NOT_STARTED, type NodeFigures } from "./figures.ts";
import { readMachine } from "./machine.ts";
import { byKey, closeLines, DROPS, known, type Sample } from "./samples.ts";

export type MetricDescription = {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly labels: readonly string[];
  readonly help: string;
};

const MS = 0.001;
/** From a lone command on a fast disk to a disk that is in trouble. Seconds. */
const COMMIT_SECONDS = [0.5, 1, 2, 4, 8, 16, 32, 64, 125, 250, 500, 1_000, 2_500, 10_000].map(
  (ms) => ms * MS,
);
const BATCH_COMMANDS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048, 4_096];
const LAG_SECONDS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 5_000].map((ms) => ms * MS);
const REQUEST_SECONDS = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 5_000].map((ms) => ms * MS);

/**
 * The metrics of a server in Prometheus' text format. Frequent events are counted by plain numbers elsewhere and only read
 * here; batches, requests and searches are observed by histograms, which costs a third of a microsecond each.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #commits: Histogram;
  readonly #batches: Histogram;
  readonly #requests: Histogram<"method" | "route" | "status">;
  readonly #searches: Histogram;
  readonly #lag: Histogram;
  #reading = 0;
  #node: NodeFigures = NOT_STARTED;

  constructor(figures: Figures) {
    this.#commits = this.#histogram(
      "parley_commit_duration_seconds",
      "Time from handing a batch of commands to the store until it is on disk, fsync included.",
      COMMIT_SECONDS,
    );
    this.#batches = this.#histogram(
      "parley_commit_batch_commands",
      "Commands in a batch. Large batches mean much traffic, not trouble.",
      BATCH_COMMANDS,
    );
    this.#requests = new Histogram({
      name: "parley_http_request_duration_seconds",
      help: "Time to answer a request, by method, route and status. _count is the number of requests.",
      labelNames: ["method", "route", "status"],
      buckets: REQUEST_SECONDS,
      registers: [this.#registry],
    });
    this.#searches = this.#histogram(
      "parley_search_duration_seconds",
      "Time of a search, waiting for the reader included.",
      REQUEST_SECONDS,
    );
    this.#lag = this.#histogram(
      "parley_event_loop_lag_seconds",
      "How late the event loop runs its timers, sampled each 20 ms.",
      LAG_SECONDS,
    );
    this.#traffic(figures);
    this.#delivery(figures);
    this.#process(figures);
  }

  /** From now on the metrics of these parts are reported, too. */
  observe(node: NodeFigures): void {
    this.#node = node;
  }

  /** A batch is on disk, or refused. Milliseconds. */
  committed(commands: number, milliseconds: number): void {
    this.#batches.observe(commands);
    this.#commits.observe(milliseconds * MS);
  }

  /** One sample of the event loop's lag. Seconds. */
  late(seconds: number): void {
    this.#lag.observe(seconds);
  }

  requested(method: string, route: string, status: number, milliseconds: number): void {
    this.#requests.observe({ method, route, status: String(status) }, milliseconds * MS);
  }

  /** A query was sent to the store's reader. Call the returned function when it is answered. */
  reading(isSearch: boolean, now: () => number): () => void {
    const began = now();
    this.#reading++;
    return () => {
      this.#reading--;
      if (isSearch) this.#searches.observe((now() - began) * MS);
    };
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Every metric with its type, labels and help: for the documents. */
  describe(): readonly MetricDescription[] {
    return this.#registry.getMetricsAsArray().map((metric) => {
      const {
        name,
        help,
        labelNames = [],
      } = metric as unknown as MetricDescription & {
        labelNames?: readonly string[];
      };
      const type =
        metric instanceof Histogram ? "histogram" : metric instanceof Counter ? "counter" : "gauge";
      return { name, help, type, labels: labelNames };
    });
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #traffic({ counts, logDamaged = () => false }: Figures): void {
    const { sockets } = counts;
    this.#gauge("parley_connections", "Sockets that are open; live ones are signed in.", ["phase"], () => [
      { labels: { phase: "live" }, value: sockets.live },
      { labels: { phase: "handshake" }, value: Math.max(0, this.#node.open() - sockets.live) },
    ]);
    this.#counter("parley_connections_opened_total", "Sockets that were opened.", [], () => [
      { value: sockets.opened },
    ]);
    this.#counter(
      "parley_upgrades_refused_total",
      "Sockets that were refused before they had a session, by HTTP status or close code: 403 and 4406 the page's origin, or no guests; 404 no such room; 426 not the subprotocol; 429 too many of one address; 503 the server drains; 1013 the server is full; 4404 the native protocol at another address.",
      ["code"],
      () => byKey(counts.upgradesRefused, (code) => ({ code })),
    );
    this.#counter(
      "parley_connections_closed_total",
      "Sockets that ended, by close code. 1000, 1001 and 1005 are clients that disconnected; 1006 are lost connections, and frames above the size limit.",
      ["code", "name"],
      () => closeLines(sockets.closes),
    );
    this.#counter(
      "parley_connections_dropped_total",
      "Sockets that the server ended, and why: slow (4408) did not read, silent sent nothing, no_hello (4410) never signed in, rate (4429) was far above its rate.",
      ["reason"],
      () =>
        Object.entries(DROPS)
          .map(([code, reason]) => ({ labels: { reason }, value: sockets.closes[code] ?? 0 }))
          .concat({ labels: { reason: "silent" }, value: sockets.silent }),
    );
    this.#counter("parley_frames_received_total", "Frames from clients, by type.", ["type"], () =>
      byKey(sockets.frames, (type) => ({ type })),
    );
    this.#counter(
      "parley_commands_total",
      "Commands that the store executed. Outcomes: ok, unchanged, duplicate (sent again and answered as before), or a fault's code.",
      ["kind", "outcome"],
      () =>
        Object.entries(counts.commands).flatMap(([kind, outcomes]) =>
          byKey(outcomes, (outcome) => ({ kind, outcome })),
        ),
    );
    this.#counter(
      "parley_faults_sent_total",
      "Faults that were answered, by code, over all protocols: WebSocket, REST and dialects. storage and internal are errors of the server; the others are errors of the client.",
      ["code"],
      () => byKey(counts.faults, (code) => ({ code })),
    );
    this.#gauge("parley_commands_waiting", "Commands that wait for their batch.", [], () => [
      { value: this.#node.waiting() },
    ]);
    this.#gauge(
      "parley_store_log_damaged",
      "1 after a start that found commits missing in the store's log, until `parley acknowledge`.",
      [],
      () => [{ value: logDamaged() ? 1 : 0 }],
    );
    this.#gauge(
      "parley_store_reads_waiting",
      "Queries that the store's reader has not answered yet.",
      [],
      () => [{ value: this.#reading }],
    );
  }

  #delivery({ counts }: Figures): void {
    this.#counter("parley_events_published_total", "Events that were committed and published.", [], () => [
      { value: counts.events },
    ]);
    this.#counter(
      "parley_bus_messages_total",
      "Messages between servers: sent, received, unsent (Redis could not be reached) and refused (not readable, or of another store).",
      ["kind"],
      () => {
        const { sent, received, unsent, refused } = this.#node.bus().counts;
        return byKey({ sent, received, unsent, refused }, (kind) => ({ kind }));
      },
    );
    this.#counter(
      "parley_bus_gaps_total",
      "Times that messages of other servers may have been lost and the store was asked: hole (one is missing), reconnected, silent (nothing was heard), followed.",
      ["reason"],
      () => byKey(this.#node.bus().counts.gaps, (reason) => ({ reason })),
    );
    this.#counter("parley_bus_reconnects_total", "New connections to Redis after the first.", [], () => [
      { value: this.#node.bus().counts.reconnects },
    ]);
    this.#gauge(
      "parley_bus_connected",
      "0 while the other servers cannot be reached; 1 also without REDIS_URL.",
      [],
      () => [{ value: this.#node.bus().state() === "disconnected" ? 0 : 1 }],
    );
    this.#counter(
      "parley_fanout_frames_total",
      "Frames published to rooms. One frame reaches all subscribers.",
      [],
      () => [{ value: this.#node.fanout().frames }],
    );
    this.#counter(
      "parley_fanout_gap_repairs_total",
      "Times that published events were missing and were read from the store. In one process it stays near 0.",
      [],
      () => [{ value: this.#node.fanout().repairs }],
    );
    this.#counter(
      "parley_fanout_lineage_changes_total",
      "Times that the store had other events than those that were published.",
      [],
      () => [{ value: this.#node.fanout().lineages }],
    );
    this.#counter(
      "parley_resets_sent_total",
      "Resets: feeds that clients had to load again, by reason. epoch: a backup was restored. floor: the client was offline for longer than events are kept. future and lineage: the store lost events.",
      ["why"],
      () => byKey(counts.sockets.resets, (why) => ({ why })),
    );
    this.#counter(
      "parley_signal_frames_sent_total",
      "Frames with signals: presence, typing and receipts. They are never stored.",
      ["kind"],
      () => byKey(counts.signals, (kind) => ({ kind })),
    );
  }

  #process(figures: Figures): void {
    const { version, runtime } = figures;
    const found = (value: (result: DoctorResult) => number): Sample[] => {
      const result = readDoctorResult(figures.dataDir);
      return result ? [{ labels: { by: "doctor" }, value: value(result) }] : [];
    };
    this.#gauge(
      "parley_build_info",
      "Always 1; the labels name the versions.",
      ["version", "runtime"],
      () => [{ labels: { version, runtime }, value: 1 }],
    );
    const started = Date.now() / 1_000 - process.uptime();
    this.#gauge("parley_start_time_seconds", "Start of the process, seconds since 1970.", [], () => [
      { value: started },
    ]);
    this.#gauge("parley_ready", "1 while /readyz answers 200.", [], async () => [
      { value: (await this.#node.ready()) ? 1 : 0 },
    ]);
    this.#gauge(
      "parley_store_full",
      "1 while writes are refused because there is no space on the disk of DATA_DIR. Reads go on.",
      [],
      () => [{ value: figures.space.problem === null ? 0 : 1 }],
    );
    let machine = readMachine(figures.dataDir);
    // The first of the four gauges that is read looks; all are read in one turn.
    const look = () => {
      machine = readMachine(figures.dataDir);
      return machine;
    };
    this.#gauge(
      "parley_memory_bytes",
      "Memory. resident: all memory of the process; heap: JavaScript objects in it; limit: the lowest of the limits of the control group (MemoryMax, the container) and the machine's memory.",
      ["kind"],
      async () => {
        const { resident, heap, mostMemory } = await look();
        return known({ resident, heap, limit: mostMemory });
      },
    );
    this.#gauge("parley_descriptors", "Open file descriptors, and their limit.", ["kind"], async () => {
      const { descriptors, mostDescriptors } = await machine;
      return known({ open: descriptors, limit: mostDescriptors });
    });
    this.#gauge(
      "parley_store_bytes",
      "Size of the store's files: the database, and the write-ahead log (WAL) that was not checkpointed yet.",
      ["file"],
      async () => {
        const { database, log } = await machine;
        return [
          { labels: { file: "database" }, value: database },
          { labels: { file: "log" }, value: log },
        ];
      },
    );
    this.#gauge("parley_disk_bytes", "The disk of the store: size and free space.", ["kind"], async () =>
      known({ free: (await machine).free, size: (await machine).size }),
    );
    this.#gauge(
      "parley_drift_rows",
      "Rows that differ from the logs, as found by the last `parley doctor`. Must be 0. Absent before its first run.",
      ["by"],
      () => found((result) => result.drift),
    );
    this.#gauge(
      "parley_drift_examined_feeds",
      "Feeds that the last `parley doctor` compared with their log.",
      ["by"],
      () => found((result) => result.feeds),
    );
    this.#gauge(
      "parley_drift_examined_time_seconds",
      "Time of the last `parley doctor`, seconds since 1970. 0 before its first run.",
      ["by"],
      () => {
        const lines = found((result) => result.at / 1_000);
        return lines.length > 0 ? lines : [{ labels: { by: "doctor" }, value: 0 }];
      },
    );
  }

  #histogram(name: string, help: string, buckets: number[]): Histogram {
    return new Histogram({ name, help, buckets, registers: [this.#registry] });
  }

  #counter(name: string, help: string, labelNames: string[], read: () => readonly Sample[]): void {
    new Counter({
      name,
      help,
      labelNames,
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const { labels = {}, value } of read()) this.inc(labels, value);
      },
    });
  }

  #gauge(
    name: string,
    help: string,
    labelNames: string[],
    read: () => readonly Sample[] | Promise<readonly Sample[]>,
  ): void {
    new Gauge({
      name,
      help,
      labelNames,
      registers: [this.#registry],
      async collect() {
        const lines = await read();
        this.reset();
        for (const { labels = {}, value } of lines) this.set(labels, value);
      },
    });
  }
}
