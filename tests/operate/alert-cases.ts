/** Series as promtool writes them, one sample a step: https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/ */
export type Series = Readonly<Record<string, string>>;

export type AlertCase = {
  readonly alert: string;
  /** At least one alert must fire after `after`. */
  readonly fires: Series;
  /** Labels of the alert that fires, besides its severity. */
  readonly labels?: Readonly<Record<string, string>>;
  /** No alert may fire. */
  readonly quiet: Series;
  /** When the alerts are read; the first sample is at 0. */
  readonly after: string;
  /** Between samples, and between evaluations of the rule. A minute unless named. */
  readonly step?: string;
};

const histogram = (name: string, fast: string, slow: string): Series => ({
  [`${name}_bucket{le="0.001"}`]: fast,
  [`${name}_bucket{le="0.5"}`]: slow,
  [`${name}_bucket{le="+Inf"}`]: slow,
});

/** One or more cases for each rule of ops/alerts.yml. Every series but `up` must exist on a real server. */
export const ALERT_CASES: readonly AlertCase[] = [
  {
    alert: "ParleyDown",
    labels: { job: "parley" },
    fires: { 'up{job="parley"}': "1 0x9" },
    quiet: { 'up{job="parley"}': "1x9" },
    after: "5m",
  },
  {
    alert: "ParleyNotReady",
    fires: { parley_ready: "1 0x9" },
    quiet: { parley_ready: "0 1x9" },
    after: "5m",
  },
  {
    alert: "ParleyDiskFull",
    fires: { parley_store_full: "0 1x5" },
    quiet: { parley_store_full: "1 0x5" },
    after: "2m",
  },
  {
    alert: "ParleyRefusesWrites",
    fires: {
      'parley_faults_sent_total{code="storage"}': "0x3 2x9",
      'parley_faults_sent_total{code="internal"}': "0x12",
    },
    quiet: {
      'parley_faults_sent_total{code="storage"}': "5x12",
      'parley_faults_sent_total{code="rate_limited"}': "0+9x12",
    },
    after: "6m",
  },
  {
    alert: "ParleyDiskAlmostFull",
    labels: { kind: "free" },
    fires: { 'parley_disk_bytes{kind="free"}': "1e8x5" },
    quiet: { 'parley_disk_bytes{kind="free"}': "3e8x5" },
    after: "1m",
  },
  {
    alert: "ParleyDiskFills",
    fires: {
      'parley_disk_bytes{kind="free"}': "3e9x9",
      'parley_store_bytes{file="database"}': "2e9x9",
      'parley_store_bytes{file="log"}': "1e6x9",
    },
    quiet: {
      'parley_disk_bytes{kind="free"}': "5e9x9",
      'parley_store_bytes{file="database"}': "2e9x9",
      'parley_store_bytes{file="log"}': "1e6x9",
    },
    after: "7m",
  },
  {
    alert: "ParleyDiskFills",
    labels: { kind: "free" },
    fires: { 'parley_disk_bytes{kind="free"}': "9e8x9", 'parley_store_bytes{file="database"}': "1e6x9" },
    quiet: { 'parley_disk_bytes{kind="free"}': "2e9x9", 'parley_store_bytes{file="database"}': "1e6x9" },
    after: "7m",
  },
  {
    alert: "ParleyDrift",
    labels: { by: "doctor" },
    fires: { 'parley_drift_rows{by="doctor"}': "3x5" },
    quiet: { 'parley_drift_rows{by="doctor"}': "0x5" },
    after: "1m",
  },
  {
    // promtool's clock begins in 1970, so a value of 0 means "ran at the start".
    alert: "ParleyDoctorOverdue",
    labels: { by: "doctor" },
    fires: { 'parley_drift_examined_time_seconds{by="doctor"}': "0x100" },
    quiet: { 'parley_drift_examined_time_seconds{by="doctor"}': "0x40 140000x60" },
    after: "74h",
    step: "1h",
  },
  {
    alert: "ParleySlowDisk",
    fires: histogram("parley_commit_duration_seconds", "0+1x20", "0+100x20"),
    quiet: histogram("parley_commit_duration_seconds", "0+100x20", "0+100x20"),
    after: "15m",
  },
  {
    alert: "ParleyEventLoopLag",
    fires: histogram("parley_event_loop_lag_seconds", "0+1000x30", "0+3000x30"),
    quiet: histogram("parley_event_loop_lag_seconds", "0+3000x30", "0+3000x30"),
    after: "25m",
  },
  {
    alert: "ParleyCommandsPileUp",
    fires: { parley_commands_waiting: "20000x9" },
    quiet: { parley_commands_waiting: "9000x9" },
    after: "5m",
  },
  {
    alert: "ParleyMemory",
    fires: {
      'parley_memory_bytes{kind="resident"}': "9e8x9",
      'parley_memory_bytes{kind="heap"}': "1e8x9",
      'parley_memory_bytes{kind="limit"}': "1e9x9",
    },
    quiet: { 'parley_memory_bytes{kind="resident"}': "7e8x9", 'parley_memory_bytes{kind="limit"}': "1e9x9" },
    after: "7m",
  },
  {
    alert: "ParleyDescriptors",
    fires: { 'parley_descriptors{kind="open"}': "900x9", 'parley_descriptors{kind="limit"}': "1000x9" },
    quiet: { 'parley_descriptors{kind="open"}': "700x9", 'parley_descriptors{kind="limit"}': "1000x9" },
    after: "7m",
  },
  {
    alert: "ParleyLogGrows",
    labels: { file: "log" },
    fires: { 'parley_store_bytes{file="log"}': "2e9x60" },
    quiet: { 'parley_store_bytes{file="log"}': "2e9x20 1e6x40" },
    after: "40m",
  },
  {
    alert: "ParleyStoreLostEvents",
    fires: { 'parley_resets_sent_total{why="lineage"}': "0x5 1x9" },
    quiet: {
      'parley_resets_sent_total{why="lineage"}': "1x14",
      'parley_resets_sent_total{why="epoch"}': "0+5x14",
    },
    after: "10m",
  },
  {
    alert: "ParleySlowReaders",
    labels: { reason: "slow" },
    fires: { 'parley_connections_dropped_total{reason="slow"}': "0+120x40" },
    quiet: { 'parley_connections_dropped_total{reason="slow"}': "0+10x40" },
    after: "30m",
  },
];
