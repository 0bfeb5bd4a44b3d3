import { LoaderCircle, TriangleAlert, WifiOff } from "lucide-react";
import type { ReactNode } from "react";
import { useAuth } from "../signin/auth-context.ts";
import { causeText, refusalOf, refusalText } from "../signin/refusal-text.ts";
import { Button } from "../ui/button.tsx";
import { cx } from "../ui/classes.ts";
import { useClient, useConnection } from "./client.ts";
import { Countdown } from "./countdown.tsx";
import { useDelayed } from "./hooks/use-delayed.ts";
import { SLOW, useNetwork, useSlow } from "./hooks/use-network.ts";

/** One line above the room while the connection is not live: its state, and what can be done. */
export function ConnectionBanner({ room }: { room: string | null }) {
  const connection = useConnection();
  const auth = useAuth();
  const online = useNetwork();
  const late = useDelayed(connection.state === "connecting" || connection.state === "waiting");

  switch (connection.state) {
    case "stopped":
      return <div role="status" />;
    case "live":
      return <div role="status">{online ? room !== null && <Slow room={room} /> : <Offline />}</div>;
    case "connecting":
    case "waiting":
      return (
        <div role="status">
          {online ? (
            late &&
            (connection.state === "waiting" || connection.attempt > 0 ? <Disconnected /> : <Connecting />)
          ) : (
            <Offline />
          )}
        </div>
      );
    case "refused": {
      const refusal = refusalOf(connection);
      return (
        <div role="alert">
          <BannerLine icon={<TriangleAlert size={16} />} strong>
            <span className="grow">{refusalText(refusal)}</span>
            {typeof connection.code === "string" && connection.code !== "unknown_kind" ? (
              <Button small look="plain" onClick={() => auth.refused(refusal)}>
                Sign in
              </Button>
            ) : (
              <Button small look="plain" onClick={() => location.reload()}>
                Reload
              </Button>
            )}
          </BannerLine>
        </div>
      );
    }
  }
}

function Connecting() {
  const slow = useDelayed(true, SLOW);
  return (
    <BannerLine icon={<LoaderCircle size={16} className="animate-spin" />}>
      <span className="grow">{slow ? "Connecting… The server is slow to answer." : "Connecting…"}</span>
    </BannerLine>
  );
}

/** The connection is live, and a message has waited too long for its answer. */
function Slow({ room }: { room: string }) {
  const slow = useSlow(room);
  return slow ? (
    <BannerLine icon={<LoaderCircle size={16} className="animate-spin" />}>
      <span className="grow">The server is slow to answer. What you write is kept.</span>
    </BannerLine>
  ) : null;
}

/** This device has no network: trying would not help, and the connection comes back with the network. */
function Offline() {
  return (
    <BannerLine icon={<WifiOff size={16} />}>
      <span className="grow">You are offline. What you write is kept, and sent when you are back.</span>
    </BannerLine>
  );
}

/** One line for all attempts, so that the layout does not move between them. */
function Disconnected() {
  const client = useClient();
  const connection = useConnection();
  return (
    <BannerLine icon={<WifiOff size={16} />}>
      <span className="grow">
        No connection.{" "}
        {connection.state === "waiting" && connection.cause && `${causeText(connection.cause)} `}
        What you write is kept. <Countdown until={connection.state === "waiting" ? connection.until : 0} />
      </span>
      <Button small look="plain" onClick={() => client.reconnectNow()}>
        Try now
      </Button>
    </BannerLine>
  );
}

function BannerLine({
  icon,
  strong = false,
  children,
}: {
  icon: ReactNode;
  strong?: boolean;
  children: ReactNode;
}) {
  return (
    <div
      className={cx(
        "flex min-h-11 animate-appear items-center gap-3 py-1.5 pr-2 pl-5 text-sm",
        strong ? "bg-danger-wash text-danger" : "bg-signal-wash text-signal-ink",
      )}
    >
      <span aria-hidden="true">{icon}</span>
      {children}
    </div>
  );
}
