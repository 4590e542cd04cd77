// What every supported runtime has and neutral packages may use. No timers, no Buffer, no process, no document.
// A neutral package that names anything else does not compile.

interface AbortSignalEventMap {
  abort: Event
}
interface Event {
  readonly type: string
}
interface EventListenerOptionsLike {
  once?: boolean
  signal?: AbortSignal
}
interface AbortSignal {
  readonly aborted: boolean
  /** Absent in React Native, as are `throwIfAborted()` and the static members: `abortReason()` of contract has what is missing. */
  readonly reason?: unknown
  addEventListener(type: 'abort', listener: () => void, options?: EventListenerOptionsLike): void
  removeEventListener(type: 'abort', listener: () => void): void
}
interface AbortController {
  readonly signal: AbortSignal
  abort(reason?: unknown): void
}
declare var AbortController: { new (): AbortController }

interface TextEncoder {
  encode(input?: string): Uint8Array<ArrayBuffer>
  encodeInto(source: string, destination: Uint8Array): { read: number; written: number }
}
declare var TextEncoder: { new (): TextEncoder }
interface TextDecoder {
  decode(input?: Uint8Array | ArrayBuffer, options?: { stream?: boolean }): string
}
declare var TextDecoder: { new (label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean }): TextDecoder }

interface URLSearchParams {
  get(name: string): string | null
  getAll(name: string): string[]
  has(name: string): boolean
  set(name: string, value: string): void
  append(name: string, value: string): void
  delete(name: string): void
  toString(): string
  [Symbol.iterator](): IterableIterator<[string, string]>
}
declare var URLSearchParams: {
  new (init?: string | Record<string, string> | Iterable<[string, string]>): URLSearchParams
}
interface URL {
  href: string
  protocol: string
  host: string
  hostname: string
  port: string
  pathname: string
  search: string
  hash: string
  username: string
  password: string
  readonly origin: string
  readonly searchParams: URLSearchParams
  toString(): string
}
declare var URL: { new (url: string | URL, base?: string | URL): URL }

declare function queueMicrotask(callback: () => void): void
declare function btoa(data: string): string
declare function atob(data: string): string
declare var crypto: {
  getRandomValues<T extends Uint8Array>(array: T): T
  randomUUID(): `${string}-${string}-${string}-${string}-${string}`
}
