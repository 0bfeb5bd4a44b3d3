/** Why Redis cannot be used, as `/readyz` names it. */
export type RedisProblemCode =
  | "redis_unreachable"
  | "redis_login"
  | "redis_permission"
  | "redis_tls"
  | "redis_cluster"
  | "redis_shared";

export type RedisProblem = {
  readonly code: RedisProblemCode;
  /** For the log: what is wrong and what to do. */
  readonly text: string;
};

export const CLUSTER_PROBLEM: RedisProblem = {
  code: "redis_cluster",
  text: "REDIS_URL leads to a Redis Cluster, which is not supported: use one Redis server, or one with replicas and a fixed address",
};

export const SHARED_PROBLEM: RedisProblem = {
  code: "redis_shared",
  text: "servers of another store use the same Redis with the same REDIS_PREFIX; their messages are ignored. Give each its own REDIS_PREFIX",
};

/** What an error of a connection means for the operator. */
export function toProblem({ message }: Error): RedisProblem {
  if (/WRONGPASS|NOAUTH|invalid password|invalid username-password/i.test(message))
    return {
      code: "redis_login",
      text: "Redis refuses the user or the password of REDIS_URL. Form: redis://user:<password>@host:port",
    };
  if (/NOPERM|can't run this command/.test(message))
    return {
      code: "redis_permission",
      text: "the user of REDIS_URL may not do what is needed: it needs +@connection +@pubsub +@scripting +@read +@write +info, all keys and all channels that begin with REDIS_PREFIX",
    };
  if (/certificate|self.signed|SSL|TLS|wrong version number|ERR_TLS|CERT_/i.test(message))
    return {
      code: "redis_tls",
      text: `the TLS connection to Redis failed (${message}). rediss:// is with TLS, redis:// without; NODE_EXTRA_CA_CERTS names the certificate of your own authority`,
    };
  return { code: "redis_unreachable", text: `Redis cannot be reached (${message})` };
}
