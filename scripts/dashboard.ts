// ops/dashboard.json: the Grafana dashboard, made from this table.

type Unit = "ops" | "s" | "bytes" | "short" | "percentunit";
type Panel = {
  readonly title: string;
  readonly unit: Unit;
  /** Legend and PromQL. */
  readonly series: readonly (readonly [legend: string, expr: string])[];
};

const quantiles = (metric: string): Panel["series"] =>
  ["0.5", "0.99"].map((q) => [`p${Number(q) * 100}`, `histogram_quantile(${q}, ${per(`${metric}_bucket`)})`]);

const per = (selector: string) => `rate(${selector}{instance=~"$instance"}[$__rate_interval])`;
const gauge = (name: string, labels = "") =>
  `${name}{instance=~"$instance"${labels === "" ? "" : `, ${labels}`}}`;

const panels: readonly Panel[] = [
  { title: "Connections", unit: "short", series: [["{{phase}}", gauge("parley_connections")]] },
  {
    title: "Commands by outcome",
    unit: "ops",
    series: [["{{outcome}}", `sum by (outcome) (${per("parley_commands_total")})`]],
  },
  {
    title: "Refusals by fault code",
    unit: "ops",
    series: [["{{code}}", `sum by (code) (${per("parley_faults_sent_total")}) > 0`]],
  },
  { title: "Commit duration", unit: "s", series: quantiles("parley_commit_duration_seconds") },
  { title: "Event loop lag", unit: "s", series: quantiles("parley_event_loop_lag_seconds") },
  {
    title: "Work waiting",
    unit: "short",
    series: [
      ["commands", gauge("parley_commands_waiting")],
      ["reads", gauge("parley_store_reads_waiting")],
    ],
  },
  { title: "Disk of DATA_DIR", unit: "bytes", series: [["{{kind}}", gauge("parley_disk_bytes")]] },
  {
    title: "Ready, and writes refused for want of space",
    unit: "short",
    series: [
      ["ready", gauge("parley_ready")],
      ["full", gauge("parley_store_full")],
    ],
  },
  { title: "Store files", unit: "bytes", series: [["{{file}}", gauge("parley_store_bytes")]] },
  { title: "Memory", unit: "bytes", series: [["{{kind}}", gauge("parley_memory_bytes")]] },
  { title: "File descriptors", unit: "short", series: [["{{kind}}", gauge("parley_descriptors")]] },
  {
    title: "Connections closed by code",
    unit: "ops",
    series: [["{{code}} {{name}}", `sum by (code, name) (${per("parley_connections_closed_total")}) > 0`]],
  },
  {
    title: "HTTP requests by status",
    unit: "ops",
    series: [["{{status}}", `sum by (status) (${per("parley_http_request_duration_seconds_count")})`]],
  },
  { title: "Frames received", unit: "ops", series: [["{{type}}", per("parley_frames_received_total")]] },
  { title: "Resets sent by reason", unit: "ops", series: [["{{why}}", per("parley_resets_sent_total")]] },
  {
    title: "Drift found by the doctor",
    unit: "short",
    series: [["rows", gauge("parley_drift_rows")]],
  },
  {
    title: "Time since the doctor ran",
    unit: "s",
    series: [["age", `time() - ${gauge("parley_drift_examined_time_seconds")}`]],
  },
];

const WIDTH = 12;
const HEIGHT = 8;
const datasource = { type: "prometheus", uid: "$datasource" };

/** The dashboard in Grafana's JSON model (schema 39: Grafana 10.4 and later). */
export function dashboard(): string {
  const model = {
    uid: "parley",
    title: "Parley",
    schemaVersion: 39,
    tags: ["parley"],
    time: { from: "now-6h", to: "now" },
    refresh: "30s",
    templating: {
      list: [
        { name: "datasource", type: "datasource", query: "prometheus" },
        {
          name: "instance",
          type: "query",
          datasource,
          query: { query: "label_values(parley_build_info, instance)", refId: "instance" },
          includeAll: true,
          multi: true,
          refresh: 2,
          current: { text: ["All"], value: ["$__all"] },
        },
      ],
    },
    panels: panels.map(({ title, unit, series }, i) => ({
      id: i + 1,
      type: "timeseries",
      title,
      datasource,
      gridPos: { x: (i % 2) * WIDTH, y: Math.floor(i / 2) * HEIGHT, w: WIDTH, h: HEIGHT },
      fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
      targets: series.map(([legendFormat, expr], n) => ({
        refId: String.fromCharCode(65 + n),
        datasource,
        expr,
        legendFormat,
      })),
    })),
  };
  return `${JSON.stringify(model, null, 2)}\n`;
}
