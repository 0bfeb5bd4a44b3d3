import { useEffect } from "react";
import { notify } from "../ui/notices.ts";

const SORRY = "Files cannot be sent yet.";

/** Files that are dropped or pasted do not make the browser leave the page for them: a notice is shown instead. */
export function useNoFiles(): void {
  useEffect(() => {
    const onDragOver = (event: DragEvent) => {
      if (!hasFiles(event.dataTransfer)) return;
      event.preventDefault();
      if (event.dataTransfer) event.dataTransfer.dropEffect = "none";
    };
    const onDrop = (event: DragEvent) => {
      if (!hasFiles(event.dataTransfer)) return;
      event.preventDefault();
      notify(SORRY);
    };
    const onPaste = ({ clipboardData }: ClipboardEvent) => {
      // A spreadsheet brings a picture beside its text: the text is what is meant.
      if (hasFiles(clipboardData) && clipboardData?.getData("text/plain") === "") notify(SORRY);
    };
    addEventListener("dragover", onDragOver);
    addEventListener("drop", onDrop);
    addEventListener("paste", onPaste);
    return () => {
      removeEventListener("dragover", onDragOver);
      removeEventListener("drop", onDrop);
      removeEventListener("paste", onPaste);
    };
  }, []);
}

function hasFiles(data: DataTransfer | null): boolean {
  return data?.types.includes("Files") ?? false;
}
