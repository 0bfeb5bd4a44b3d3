/** The origin of a page as a URL; null for `null` (a file, a sandbox) and for what is no page on HTTP. */
export function parseOrigin(origin: string): URL | null {
  if (!URL.canParse(origin)) return null;
  const url = new URL(origin);
  return url.protocol === "http:" || url.protocol === "https:" ? url : null;
}

/**
 * Whether a page of this origin comes from the same host name as was asked for here, on whatever port: pages of small chat
 * servers are served from port 3000 beside port 8000. All names of the loopback interface are one.
 */
export function isSameHostName(origin: string, { hostname }: URL): boolean {
  const page = parseOrigin(origin);
  if (page === null) return false;
  return page.hostname === hostname || (isLoopbackName(page.hostname) && isLoopbackName(hostname));
}

/** `hostname` as URL gives it: lower case, IPv6 in brackets, IPv4 as four numbers. */
export function isLoopbackName(hostname: string): boolean {
  return (
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    hostname === "[::1]" ||
    /^127\.\d+\.\d+\.\d+$/.test(hostname)
  );
}

/** Endings of names that cannot be registered: RFC 6762 (.local), 8375 (.home.arpa), 6761 (.localhost), ICANN (.internal), usage (.lan). */
const PRIVATE_ENDING = /\.(?:localhost|local|lan|home\.arpa|internal)$/;

export type HostNamesParts = {
  /** The origin that people type, such as `https://chat.example.org`; null where the operator set none. */
  readonly publicOrigin: string | null;
  /** Further names; `*` among them lets every name pass. */
  readonly allowedHosts: readonly string[];
};

/** The names that the server answers to, and which pages are its own. */
export class HostNames {
  readonly #public: URL | null;
  readonly #allowed: ReadonlySet<string>;

  constructor({ publicOrigin, allowedHosts }: HostNamesParts) {
    this.#public = publicOrigin === null ? null : new URL(publicOrigin);
    this.#allowed = new Set(allowedHosts.map((host) => host.toLowerCase()));
  }

  /**
   * Whether the server answers to this name, as URL gives it. A public name has an owner, who can point it at this machine
   * and so make pages of it the server's own (DNS rebinding): it passes only when the operator has named it. Addresses, and
   * names that cannot be registered, always do.
   */
  answersTo(hostname: string): boolean {
    const name = hostname.replace(/\.$/, "");
    return (
      !name.includes(".") ||
      name.startsWith("[") ||
      /^\d+\.\d+\.\d+\.\d+$/.test(name) ||
      PRIVATE_ENDING.test(name) ||
      name === this.#public?.hostname ||
      this.#allowed.has(name) ||
      this.#allowed.has("*")
    );
  }

  /**
   * Whether a page of this origin is the server's own: scheme, name and port. The server does not see the scheme where a
   * proxy ends TLS, so that of PUBLIC_URL counts for its name; for names that it does not hold, http and https do.
   */
  isOwn(origin: string, url: URL): boolean {
    const page = parseOrigin(origin);
    if (page === null) return false;
    if (page.hostname === this.#public?.hostname) return page.origin === this.#public.origin;
    if (page.hostname !== url.hostname) return false;
    // Read as http, an address keeps the port that https leaves out.
    return page.port === url.port || (page.protocol === "https:" && page.port === "" && url.port === "443");
  }
}
