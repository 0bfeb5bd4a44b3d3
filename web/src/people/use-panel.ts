import { useState } from "react";
import { useMedia, VERY_WIDE } from "../app/hooks/use-media.ts";

/** Kept in this module so that the choice holds from room to room. */
let wanted = true;

type Panel = { readonly open: boolean; readonly inline: boolean; readonly set: (open: boolean) => void };

/** Whether the members are shown: beside the messages as long as they are wanted there, over them only when asked for. */
export function usePanel(): Panel {
  const inline = useMedia(VERY_WIDE);
  const [beside, setBeside] = useState(wanted);
  const [over, setOver] = useState(false);
  if (!inline) return { open: over, inline, set: setOver };
  return {
    open: beside,
    inline,
    set(open) {
      wanted = open;
      setBeside(open);
    },
  };
}
