import type { TrackerEvent, TrackerEventHandler } from './event-intake.ts'

/**
 * Listeners of `message`, whose failures are those of the event: it is handled again, and acknowledged only when all of them
 * have returned.
 */
export class MessageListeners {
  readonly #failures = new WeakMap<object, { readonly error: unknown }>()

  /** The listener; of `message` it is watched: what it throws, or rejects with, is kept for {@link MessageListeners.handler}. */
  watched<Event extends object>(name: string, listener: (event: Event) => unknown): (event: Event) => unknown {
    if (name !== 'message') return listener
    return async (event) => {
      try {
        await listener(event)
      } catch (error) {
        this.#failures.set(event, { error })
      }
    }
  }

  /** The options, with their listener watched. */
  inOptions<Options extends { readonly onMessage?: ((event: TrackerEvent) => unknown) | undefined }>(
    options: Options,
  ): Options {
    const { onMessage } = options
    return { ...options, onMessage: onMessage && this.watched('message', onMessage) }
  }

  /** Hands an event to all listeners. @throws what one of them has thrown */
  handler(emit: (event: TrackerEvent) => unknown): TrackerEventHandler {
    return async (event) => {
      this.#failures.delete(event)
      await emit(event)
      const failure = this.#failures.get(event)
      if (failure !== undefined) throw failure.error
    }
  }
}
