export { type DurableStreamOptions, durableStream } from './durable-stream.ts'
