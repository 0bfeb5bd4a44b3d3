/** For Node and Bun: what needs their file system. */
export { fileStorage } from "./file-storage.ts";
