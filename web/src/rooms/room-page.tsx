import type { Room, TimelineItem } from "@parley/sdk";
import { CloudAlert } from "lucide-react";
import { useCallback, useEffect, useRef, useState } from "react";
import { useClient } from "../app/client.ts";
import { NotFound } from "../app/not-found.tsx";
import { useArrival } from "../app/use-arrival.ts";
import { Composer, type ComposerControls } from "../composer/composer.tsx";
import { MembersPanel } from "../people/members-panel.tsx";
import { usePanel } from "../people/use-panel.ts";
import { Timeline, type TimelineControls } from "../timeline/timeline.tsx";
import { Button } from "../ui/button.tsx";
import { Calm } from "../ui/calm.tsx";
import { PreviewBar } from "./preview-bar.tsx";
import { faceOf, type RoomFace } from "./room-face.ts";
import { RoomHeader } from "./room-header.tsx";
import { type Standing, useStanding } from "./use-standing.ts";

/** The open room, or why it cannot be shown. */
export function RoomPage({ id }: { id: string }) {
  const standing = useStanding(id);
  const room = useClient().room(id);
  switch (standing.state) {
    case "asking":
      return <main aria-busy="true" className="grow" />;
    case "absent":
      return <NotFound />;
    case "failed":
      return (
        <main className="flex min-h-0 grow">
          <Calm
            whole
            icon={<CloudAlert size={28} aria-hidden="true" />}
            title="This did not load"
            text={standing.text}
          >
            <Button look="primary" onClick={standing.again}>
              Try again
            </Button>
          </Calm>
        </main>
      );
    case "member":
    case "outside":
    case "unsure":
      return <OpenRoom room={room} standing={standing} />;
  }
}

type OpenStanding = Extract<Standing, { state: "member" | "outside" | "unsure" }>;

function OpenRoom({ room, standing }: { room: Room; standing: OpenStanding }) {
  const face: RoomFace = faceOf(room.id, standing);
  const panel = usePanel();
  const [replyTo, setReplyTo] = useState<TimelineItem | null>(null);
  const composer = useRef<ComposerControls>(null);
  const timeline = useRef<TimelineControls>(null);

  // Asking for messages makes sense only once it is clear that there are any to see.
  const known = standing.state !== "unsure";
  useEffect(() => {
    if (known) room.open();
  }, [room, known]);
  const reply = useCallback((item: TimelineItem) => {
    setReplyTo(item);
    composer.current?.focus();
  }, []);
  const main = useRef<HTMLElement>(null);
  useArrival(main);
  const writing = standing.state !== "outside";

  return (
    <div className="flex min-h-0 grow">
      <main
        ref={main}
        tabIndex={-1}
        aria-label={face.title}
        className="outline-none flex min-w-0 grow flex-col"
      >
        <RoomHeader face={face} panel={panel.open} onPanel={() => panel.set(!panel.open)} />
        <Timeline room={room} face={face} onReply={writing ? reply : null} controls={timeline} />
        {writing ? (
          <Composer
            room={room}
            title={face.title}
            replyTo={replyTo}
            onReplyTo={setReplyTo}
            onEditLast={() => timeline.current?.editLast()}
            controls={composer}
          />
        ) : (
          <PreviewBar room={standing.room} />
        )}
      </main>
      {standing.state !== "unsure" && (
        <MembersPanel
          room={room}
          face={face}
          open={panel.open}
          inline={panel.inline}
          onOpenChange={panel.set}
        />
      )}
    </div>
  );
}
