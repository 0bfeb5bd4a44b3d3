import { AlertDialog } from "radix-ui";
import { type ReactNode, useState } from "react";
import { useBackCloses } from "../app/use-back-closes.ts";
import { Button } from "./button.tsx";
import { FaultText } from "./fault-text.tsx";
import { faultText } from "./fault-words.ts";

type ConfirmProps = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  children: ReactNode;
  /** The label of the dangerous button. */
  action: string;
  /** False while something is still missing. */
  allowed?: boolean;
  /** Does it. What it throws is shown, and the question stays open. */
  onConfirm: () => void | Promise<void>;
};

/** Asks before something that cannot be undone. */
export function Confirm({
  open,
  onOpenChange,
  title,
  children,
  action,
  allowed = true,
  onConfirm,
}: ConfirmProps) {
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);

  const change = (next: boolean) => {
    setFault(null);
    onOpenChange(next);
  };
  useBackCloses(open, () => change(false));
  const confirm = async () => {
    setBusy(true);
    setFault(null);
    try {
      await onConfirm();
      change(false);
    } catch (error) {
      setFault(faultText(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <AlertDialog.Root open={open} onOpenChange={change}>
      <AlertDialog.Portal>
        <div className="fixed inset-0 z-40 animate-appear bg-scrim" aria-hidden="true" />
        <AlertDialog.Content className="fixed inset-x-4 top-1/2 z-40 mx-auto max-w-md -translate-y-1/2 animate-appear rounded-3xl bg-raised p-6 shadow-raised outline-none">
          <AlertDialog.Title className="font-semibold text-lg">{title}</AlertDialog.Title>
          <AlertDialog.Description asChild>
            <div className="mt-2 text-ink-soft text-sm">{children}</div>
          </AlertDialog.Description>
          <FaultText text={fault} className="mt-3" />
          <div className="mt-6 flex flex-wrap justify-end gap-2">
            <AlertDialog.Cancel asChild>
              <Button>Cancel</Button>
            </AlertDialog.Cancel>
            <Button look="danger" disabled={busy || !allowed} onClick={confirm}>
              {action}
            </Button>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
