import { storeContract } from "../contract/store.contract.ts";
import { openForTest } from "./opened.contract.ts";

storeContract("SQLite", openForTest);
