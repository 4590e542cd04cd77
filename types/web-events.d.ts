// Of the DOM's events, what packages use that are made of them: browsers, workers, Node.js, Bun and Deno have it.

interface EventInit {
  bubbles?: boolean
}
interface Event {
  readonly target: EventTarget | null
}
declare var Event: { new (type: string, init?: EventInit): Event; prototype: Event }
interface AddEventListenerOptions {
  once?: boolean
  passive?: boolean
  capture?: boolean
  signal?: AbortSignal
}
interface EventTarget {
  addEventListener(
    type: string,
    listener: ((event: Event) => unknown) | { handleEvent(event: Event): unknown } | null,
    options?: boolean | AddEventListenerOptions,
  ): void
  removeEventListener(
    type: string,
    listener: ((event: Event) => unknown) | { handleEvent(event: Event): unknown } | null,
    options?: boolean | { capture?: boolean },
  ): void
  dispatchEvent(event: Event): boolean
}
declare var EventTarget: { new (): EventTarget; prototype: EventTarget }
interface MessageEvent<Data = unknown> extends Event {
  readonly data: Data
  readonly origin: string
  readonly lastEventId: string
}
declare var MessageEvent: {
  new (type: string, init?: { data?: unknown; origin?: string; lastEventId?: string }): MessageEvent
}
interface Blob {
  readonly size: number
  readonly type: string
  arrayBuffer(): Promise<ArrayBuffer>
}
declare var Blob: { new (parts?: readonly (string | ArrayBuffer | Uint8Array<ArrayBuffer> | Blob)[]): Blob }
interface DOMException extends Error {
  readonly code: number
}
declare var DOMException: { new (message?: string, name?: string): DOMException }
