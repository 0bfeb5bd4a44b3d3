import { createContext, useContext } from "react";

const StopContext = createContext(true);

/** Whether what is inside can be reached with the Tab key. A message that does not have the focus is one stop as a whole. */
export const StopProvider = StopContext.Provider;

/** The `tabIndex` of a link or a button in a message's content. */
export function useStop(): 0 | -1 {
  return useContext(StopContext) ? 0 : -1;
}
