import type { SocketErrorEvent, SocketMessageEvent } from './events.ts'

/** What a listener of an event may be: a function, or an object with `handleEvent`, as everywhere in the DOM. */
export type Listener<Heard> = ((event: Heard) => unknown) | { handleEvent(event: Heard): unknown } | null

/** How a listener is added (DOM §2.7). */
export type ListenerOptions = boolean | AddEventListenerOptions

/** One `on…` attribute: its function, and the listener that calls it in its place among the others. */
interface Slot<Heard> {
  handler: (event: Heard) => unknown
  readonly listener: (event: Heard) => void
}

/** The events that a `WebSocket` and an `EventSource` share. */
interface CommonEvents {
  readonly open: Event
  readonly message: SocketMessageEvent
  readonly error: SocketErrorEvent
}

/** An `EventTarget` that knows its events (those of other names are `Other`), and has `on…` attributes as HTML defines them (HTML §8.1.8.1). */
export class TypedEventTarget<
  Events extends CommonEvents & { [Name in keyof Events]: Event },
  Other extends Event = Event,
> extends EventTarget {
  readonly #slots: { [Name in keyof Events]?: Slot<Events[Name]> } = {}

  override addEventListener<Name extends keyof Events & string>(
    type: Name,
    listener: Listener<Events[Name]>,
    options?: ListenerOptions,
  ): void
  override addEventListener(type: string, listener: Listener<Other>, options?: ListenerOptions): void
  override addEventListener(type: string, listener: Listener<Event>, options?: ListenerOptions): void {
    super.addEventListener(type, listener, options)
  }

  override removeEventListener<Name extends keyof Events & string>(
    type: Name,
    listener: Listener<Events[Name]>,
    options?: ListenerOptions,
  ): void
  override removeEventListener(type: string, listener: Listener<Other>, options?: ListenerOptions): void
  override removeEventListener(type: string, listener: Listener<Event>, options?: ListenerOptions): void {
    super.removeEventListener(type, listener, options)
  }

  get onopen(): ((event: Events['open']) => unknown) | null {
    return this.handlerOf('open')
  }
  set onopen(handler: ((event: Events['open']) => unknown) | null) {
    this.setHandler('open', handler)
  }
  get onmessage(): ((event: Events['message']) => unknown) | null {
    return this.handlerOf('message')
  }
  set onmessage(handler: ((event: Events['message']) => unknown) | null) {
    this.setHandler('message', handler)
  }
  get onerror(): ((event: Events['error']) => unknown) | null {
    return this.handlerOf('error')
  }
  set onerror(handler: ((event: Events['error']) => unknown) | null) {
    this.setHandler('error', handler)
  }

  /** The function of an `on…` attribute; null: none. */
  protected handlerOf<Name extends keyof Events & string>(type: Name): ((event: Events[Name]) => unknown) | null {
    return this.#slots[type]?.handler ?? null
  }

  /** Sets it. A new function takes the place of the one before it among the listeners; without one the place is given up. */
  protected setHandler<Name extends keyof Events & string>(
    type: Name,
    handler: ((event: Events[Name]) => unknown) | null,
  ): void {
    const slot = this.#slots[type]
    if (typeof handler !== 'function') {
      if (slot !== undefined) this.removeEventListener(type, slot.listener)
      delete this.#slots[type]
    } else if (slot !== undefined) slot.handler = handler
    else {
      const added: Slot<Events[Name]> = { handler, listener: (event) => void added.handler.call(this, event) }
      this.#slots[type] = added
      this.addEventListener(type, added.listener)
    }
  }
}
