export { nearest } from "../local/nearest.ts";
