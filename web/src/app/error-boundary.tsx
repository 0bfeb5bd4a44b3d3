import { Component, type ReactNode } from "react";
import { Button } from "../ui/button.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { Logo } from "../ui/logo.tsx";

/** Around everything: a defect of the page shows a message and a button instead of an empty window. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { crashed: boolean }> {
  override state = { crashed: false };

  static getDerivedStateFromError(): { crashed: boolean } {
    return { crashed: true };
  }

  override render(): ReactNode {
    if (!this.state.crashed) return this.props.children;
    return (
      <main className="flex h-full">
        <EmptyState
          whole
          icon={<Logo size={28} />}
          title="Something went wrong"
          text="This is a bug in Parley, not something you did. Your messages are kept."
        >
          <Button look="primary" onClick={() => location.reload()}>
            Reload
          </Button>
        </EmptyState>
      </main>
    );
  }
}
