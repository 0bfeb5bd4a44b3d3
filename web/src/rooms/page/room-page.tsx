import type { Notice, Room, TimelineItem } from "@parley/sdk";
import { CloudAlert } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useClient } from "../../app/client.ts";
import { useArrival } from "../../app/hooks/use-arrival.ts";
import { navigate } from "../../app/navigation.ts";
import { NotFound } from "../../app/not-found.tsx";
import { useSelected } from "../../app/observe.ts";
import { roomPath } from "../../app/route.ts";
import { Composer, type ComposerControls } from "../../composer/composer.tsx";
import { MembersPanel } from "../../people/members-panel.tsx";
import { powersOf } from "../../people/roles.ts";
import { RoomPeopleProvider, useMembersOf } from "../../people/room-people.ts";
import { usePanel } from "../../people/use-panel.ts";
import { FailedEdits } from "../../timeline/message/failed-edits.tsx";
import { Timeline, type TimelineControls } from "../../timeline/timeline.tsx";
import { Button } from "../../ui/button.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { detailsOf, type RoomDetails } from "../details.ts";
import { ArchivedBar } from "./archived-bar.tsx";
import { PreviewBar } from "./preview-bar.tsx";
import { RoomGone } from "./room-gone.tsx";
import { RoomHeader } from "./room-header.tsx";
import { SignalStrip } from "./signal-strip.tsx";
import { type RoomMembership, useMembership } from "./use-membership.ts";

/** The open room, or why it cannot be shown. */
export function RoomPage({ id, at }: { id: string; at: number | null }) {
  const membership = useMembership(id);
  const room = useClient().room(id);
  switch (membership.state) {
    case "asking":
      return <main aria-busy="true" className="grow" />;
    case "absent":
      return membership.gone === null ? <NotFound /> : <RoomGone gone={membership.gone} />;
    case "failed":
      return (
        <main tabIndex={-1} className="flex min-h-0 grow outline-none">
          <EmptyState
            whole
            icon={<CloudAlert size={28} aria-hidden="true" />}
            title="This did not load"
            text={membership.text}
          >
            <Button look="primary" onClick={membership.again}>
              Try again
            </Button>
          </EmptyState>
        </main>
      );
    case "member":
    case "outside":
    case "unsure":
      return <OpenRoom room={room} standing={membership} at={at} />;
  }
}

type OpenMembership = Extract<RoomMembership, { state: "member" | "outside" | "unsure" }>;

function OpenRoom({ room, standing, at }: { room: Room; standing: OpenMembership; at: number | null }) {
  const details: RoomDetails = detailsOf(room.id, standing);
  const panel = usePanel();
  const [replyTo, setReplyTo] = useState<TimelineItem | null>(null);
  const composer = useRef<ComposerControls>(null);
  const timeline = useRef<TimelineControls>(null);
  const roles = useSelected(room.timeline, ({ notices }) => notices.findLast(isRoleChange)?.seq ?? 0);
  const people = useMembersOf(
    room,
    `${details.members} ${details.role} ${roles}`,
    standing.state !== "unsure",
  );

  // Asking for messages makes sense only once it is clear that there are any to see.
  const known = standing.state !== "unsure";
  useEffect(() => {
    if (known) room.open();
  }, [room, known]);
  const reply = useCallback((item: TimelineItem) => {
    setReplyTo(item);
    composer.current?.focus();
  }, []);
  const toComposer = useCallback(() => composer.current?.focus(), []);
  const rewrite = useCallback((text: string) => composer.current?.put(text), []);
  const leaveAt = useCallback(() => navigate(roomPath(room.id), { replace: true }), [room]);
  const main = useRef<HTMLElement>(null);
  useArrival(main);
  const outside = standing.state === "outside";
  const writing = !outside && !details.archived;
  const { moderate } = powersOf(details.kind, details.role, details.lobby);
  const powers = useMemo(() => ({ write: writing, moderate }), [writing, moderate]);

  return (
    <RoomPeopleProvider value={people}>
      <div className="flex min-h-0 grow">
        <main
          ref={main}
          tabIndex={-1}
          aria-label={details.title}
          className="flex min-w-0 grow flex-col outline-none"
        >
          <RoomHeader
            room={room}
            details={details}
            panel={panel.open}
            onPanel={() => panel.set(!panel.open)}
          />
          <Timeline
            room={room}
            details={details}
            mine={standing.state === "member" ? standing.room : null}
            powers={powers}
            at={at}
            onLeaveAt={leaveAt}
            onReply={reply}
            toComposer={toComposer}
            rewrite={rewrite}
            controls={timeline}
          />
          <FailedEdits room={room} />
          <SignalStrip room={room} direct={details.kind === "direct"} />
          {outside ? (
            <PreviewBar room={standing.room} />
          ) : details.archived ? (
            <ArchivedBar room={room} details={details} />
          ) : (
            <Composer
              room={room}
              title={details.title}
              replyTo={replyTo}
              onReplyTo={setReplyTo}
              onEditLast={() => timeline.current?.editLast()}
              controls={composer}
            />
          )}
        </main>
        {standing.state !== "unsure" && (
          <MembersPanel
            room={room}
            details={details}
            open={panel.open}
            inline={panel.inline}
            onOpenChange={panel.set}
          />
        )}
      </div>
    </RoomPeopleProvider>
  );
}

function isRoleChange({ kind }: Notice): boolean {
  return kind === "role_changed";
}
