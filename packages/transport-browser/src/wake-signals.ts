import { NEARNESS, type WakeSignal, type WakeSignals } from '@holdfast/contract'

/** What is read of a page's or worker's events. */
export interface PageEvent {
  readonly type: string
  /** Of `pageshow` and `pagehide`: the page comes from, or goes into, the back/forward cache. */
  readonly persisted?: boolean | undefined
}

/** As much of an `EventTarget` as the signals need; handlers are compared loosely, so that the DOM's own fits. */
export interface PageEventTarget {
  addEventListener(type: string, listener: (event: PageEvent) => void): void
  removeEventListener(type: string, listener: (event: PageEvent) => void): void
}

/** As much of a `window`, or of a worker's global, as the signals need. */
export interface WindowLike extends PageEventTarget {
  readonly navigator?: { readonly onLine?: boolean | undefined } | undefined
  readonly document?: (PageEventTarget & { readonly visibilityState: string }) | undefined
}

/** Options of {@link browserWakeSignals}. */
export interface BrowserWakeSignalsOptions {
  /** @defaultValue `self`; what it lacks (a worker has no document, Node.js no events) is never signalled */
  readonly window?: Partial<WindowLike> | undefined
}

declare const self: Partial<WindowLike> | undefined

const WINDOW_EVENTS = ['online', 'offline', 'focus', 'pageshow', 'pagehide']
const DOCUMENT_EVENTS = ['visibilitychange', 'freeze', 'resume']

/**
 * The events of a page that may mean a changed link: `online` and `offline`, the page shown or hidden, focus, the
 * back/forward cache, and the page frozen and resumed (WICG Page Lifecycle).
 */
export function browserWakeSignals(options: BrowserWakeSignalsOptions = {}): WakeSignals {
  const page: Partial<WindowLike> = options.window ?? (typeof self === 'undefined' ? {} : self)
  const visible = (): boolean => page.document?.visibilityState !== 'hidden'
  return {
    nearness: NEARNESS,
    get online() {
      return page.navigator?.onLine !== false
    },
    get visible() {
      return visible()
    },
    subscribe(listener) {
      const onEvent = (event: PageEvent): void => {
        const signal = signalOf(event, visible())
        if (signal !== undefined) listener(signal)
      }
      for (const type of WINDOW_EVENTS) page.addEventListener?.(type, onEvent)
      for (const type of DOCUMENT_EVENTS) page.document?.addEventListener(type, onEvent)
      return () => {
        for (const type of WINDOW_EVENTS) page.removeEventListener?.(type, onEvent)
        for (const type of DOCUMENT_EVENTS) page.document?.removeEventListener(type, onEvent)
      }
    },
  }
}

function signalOf({ type, persisted }: PageEvent, visible: boolean): WakeSignal | undefined {
  switch (type) {
    case 'online':
    case 'offline':
    case 'freeze':
      return type
    case 'visibilitychange':
      return visible ? 'visible' : 'hidden'
    case 'pageshow':
      return persisted ? 'restore' : undefined
    case 'pagehide':
      return persisted ? 'freeze' : undefined
    case 'resume':
      // A page may be resumed for a moment in the background.
      return visible ? 'restore' : 'wake'
    default:
      return 'wake'
  }
}
