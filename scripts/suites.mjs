// The suites of `npm test`, in the order they run; types and lint run beside the others. To add one, add a row.

/**
 * @typedef {object} Suite
 * @property {string} name what `npm test -- <name>` calls it
 * @property {"types" | "lint" | "page" | "bun"} kind
 * @property {(file: string) => boolean} [owns] which test files are its own; only for kind "bun"
 * @property {number} minutes after which the whole suite is killed and counts as failed
 * @property {number} [testSeconds] the limit of one test, 30 if not named
 * @property {boolean} [page] whether it needs the built page
 * @property {Tool[]} [tools] the programs of the system that it uses
 *
 * @typedef {object} Tool
 * @property {string} env the variable that holds the program's path for the tests
 * @property {string[]} names what it may be called on the PATH
 * @property {string} [folders] a folder whose folders, each of a version, have a folder `bin` with it
 * @property {string} debian the Debian package that has it
 * @property {string[]} [probe] arguments with which the program must succeed to count as found
 * @property {boolean} essential without it the suite does not run; else the tests that need it skip themselves
 */

/** @type {Tool} */
const chromium = {
  env: "CHROMIUM",
  names: ["chromium", "chromium-browser", "google-chrome"],
  debian: "chromium",
  essential: true,
};

/** Of the executable's tests only the one that opens its page needs it. @type {Tool} */
const optionalChromium = { ...chromium, essential: false };

/** Only the tests that trace the order of fdatasync and acknowledgement need it. @type {Tool} */
const strace = { env: "STRACE", names: ["strace"], debian: "strace", essential: false };

/** The examples of docs/operate/proxies.md are tested with these. @type {Tool[]} */
const proxies = [
  { env: "NGINX", names: ["nginx"], debian: "nginx-light", essential: false },
  { env: "HAPROXY", names: ["haproxy"], debian: "haproxy", essential: false },
  { env: "CADDY", names: ["caddy"], debian: "caddy", essential: false },
];

/** Only the tests that check the alerting rules need it. @type {Tool} */
const promtool = { env: "PROMTOOL", names: ["promtool"], debian: "prometheus", essential: false };

/** Without it the tests of several servers are skipped. @type {Tool} */
const redis = { env: "REDIS_SERVER", names: ["redis-server"], debian: "redis-server", essential: false };

/** Only the test of the client in Python needs it. @type {Tool} */
const pythonWithWebsockets = {
  env: "PYTHON_WITH_WEBSOCKETS",
  names: ["python3"],
  debian: "python3-websockets",
  probe: ["-c", "import websockets"],
  essential: false,
};

/** The tests of the store on PostgreSQL start servers of their own. @type {Tool} */
const postgres = {
  env: "POSTGRES",
  names: ["postgres"],
  folders: "/usr/lib/postgresql",
  debian: "postgresql",
  essential: false,
};

/** @param {string} file */
const needsBrowser = (file) => /\.browser\.test\.tsx?$/.test(file);

/** @param {...string} folders @returns {(file: string) => boolean} */
const under =
  (...folders) =>
  (file) =>
    !needsBrowser(file) && folders.some((folder) => file.startsWith(`${folder}/`));

/** @type {Suite[]} */
export const suites = [
  // These two run beside the others.
  { name: "types", kind: "types", minutes: 10 },
  { name: "lint", kind: "lint", minutes: 10 },
  { name: "guards", kind: "bun", minutes: 5, owns: under("tests/guards") },
  {
    name: "unit",
    kind: "bun",
    minutes: 15,
    tools: [postgres],
    owns: under("protocol", "server", "sdk", "web", "cli", "bench", "scripts"),
  },
  { name: "wire", kind: "bun", minutes: 10, owns: under("tests/wire", "tests/dialects") },
  {
    name: "operate",
    kind: "bun",
    minutes: 10,
    testSeconds: 120,
    owns: under("tests/operate"),
    tools: [...proxies, promtool, postgres, redis],
  },
  {
    // Several servers over one store. They start servers of Redis and PostgreSQL of their own on free ports.
    name: "nodes",
    kind: "bun",
    minutes: 10,
    testSeconds: 60,
    owns: under("tests/nodes"),
    tools: [redis, postgres],
  },
  {
    name: "faults",
    kind: "bun",
    minutes: 20,
    testSeconds: 300,
    owns: under("tests/faults"),
    tools: [strace, redis, postgres],
  },
  { name: "page", kind: "page", minutes: 5, page: true },
  {
    name: "executable",
    kind: "bun",
    minutes: 10,
    testSeconds: 180,
    owns: under("tests/executable"),
    page: true,
    tools: [optionalChromium],
  },
  {
    // The tarballs, installed with their dependencies from the registry, and the client in Python. About half a minute.
    name: "packages",
    kind: "bun",
    minutes: 10,
    testSeconds: 180,
    owns: under("tests/packages"),
    tools: [pythonWithWebsockets],
  },
  {
    name: "browser",
    kind: "bun",
    minutes: 15,
    testSeconds: 120,
    owns: needsBrowser,
    page: true,
    tools: [chromium],
  },
];

/** @param {string} file */
export const isTest = (file) => /\.test\.tsx?$/.test(file);
