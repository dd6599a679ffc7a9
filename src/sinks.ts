/**
 * Where records go: sinks for `processBatch`. Each is bundled only where it is imported, and loads its AWS client when the function starts.
 *
 * @module shardmill/sinks
 */

export { type HttpSinkOptions, httpSink } from "./sinks/http-sink.ts";
export { type FromRecord, type Sink, SinkError, type SinkOptions } from "./sinks/sink.ts";
