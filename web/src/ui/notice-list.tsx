import { X } from "lucide-react";
import { useEffect, useSyncExternalStore } from "react";
import { IconButton } from "./icon-button.tsx";
import { dismiss, type Notice, noticeBoard } from "./notices.ts";

/** Long enough to read two lines twice, in milliseconds. */
const NOTICE_TIME = 9_000;

/** The notices, in a corner. */
export function NoticeList() {
  const notices = useSyncExternalStore(noticeBoard.subscribe, noticeBoard.get);
  return (
    <div
      role="status"
      className="pointer-events-none fixed inset-x-4 top-20 z-50 flex flex-col items-center gap-2 pt-[env(safe-area-inset-top)]"
    >
      {notices.map((notice) => (
        <NoticeCard key={notice.id} notice={notice} />
      ))}
    </div>
  );
}

function NoticeCard({ notice }: { notice: Notice }) {
  useEffect(() => {
    const timer = setTimeout(() => dismiss(notice.id), NOTICE_TIME);
    return () => clearTimeout(timer);
  }, [notice.id]);
  return (
    <div className="pointer-events-auto flex max-w-md animate-rise items-center gap-2 rounded-2xl border border-line bg-raised py-1.5 pr-1.5 pl-4 text-sm shadow-raised">
      <p className="grow">{notice.text}</p>
      <IconButton label="Dismiss" onClick={() => dismiss(notice.id)}>
        <X size={16} aria-hidden="true" />
      </IconButton>
    </div>
  );
}
