import { Component, type ReactNode } from "react";
import { Button } from "../ui/button.tsx";
import { Calm } from "../ui/calm.tsx";
import { Mark } from "../ui/mark.tsx";

/** Around everything: a defect of the page is said, with a way on, instead of an empty window. */
export class Crash extends Component<{ children: ReactNode }, { crashed: boolean }> {
  override state = { crashed: false };

  static getDerivedStateFromError(): { crashed: boolean } {
    return { crashed: true };
  }

  override render(): ReactNode {
    if (!this.state.crashed) return this.props.children;
    return (
      <main className="flex h-full">
        <Calm
          whole
          icon={<Mark size={28} />}
          title="This page has stumbled"
          text="That is a defect of Parley, not of yours. What you sent is kept, here or on the server."
        >
          <Button look="primary" onClick={() => location.reload()}>
            Load it again
          </Button>
        </Calm>
      </main>
    );
  }
}
