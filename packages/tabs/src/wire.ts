import type { Gap, WebSocketFrame } from '@holdfast/core'

/** A place in the history of the server. `seq` grows with every message that has a place. */
export interface SharedPosition {
  /** Names one history: in another one the numbers mean something else. */
  readonly epoch: string
  readonly seq: number
}

/** How far a tab is. */
export interface TabPlace {
  readonly host: string
  /** Number of the last item that this host gave it. */
  readonly n: number
  /** The session at the server that the host had then. */
  readonly life: number
  readonly at?: SharedPosition | undefined
  /** It has at most a part of the state to begin with, and gets it again. What it has sent goes on. */
  readonly needsState?: true | undefined
}

/** An error as it travels between tabs. */
export interface SerializedError {
  readonly code: string
  readonly message: string
}

/** From a tab to its host. */
export type ToHost =
  /** First on every port. `again`: the app wants another try after the shared connection had ended or was refused. */
  | { readonly t: 'hello'; readonly tab: string; readonly place?: TabPlace | undefined; readonly again?: boolean }
  /** The tab takes items now. */
  | { readonly t: 'go' }
  /** The app is done with everything up to here: so many bytes since it said so last. */
  | { readonly t: 'got'; readonly n: number; readonly bytes: number }
  /** A message of the tab is behind it. Without an id it is for now or never. */
  | { readonly t: 'send'; readonly id?: string | undefined; readonly once?: boolean | undefined }
  /** Is the host there? */
  | { readonly t: 'ask' }
  /** The tab needs this port no more; with `isGone`, nor the host. */
  | { readonly t: 'bye' }

/** From the host to a tab. */
export type ToTab =
  | { readonly t: 'wait'; readonly why: string }
  | {
      readonly t: 'welcome'
      readonly host: string
      readonly n: number
      readonly life: number
      readonly resumed: boolean
      /** Where the host is. */
      readonly at?: SharedPosition | undefined
      /** Messages are confirmed. */
      readonly acks: boolean
      readonly gap?: Gap | undefined
      /** So many items are state that stands for what was before: the tab is where `n` says once it has them. */
      readonly first?: number | undefined
      /** What the app of the host says of its connection, for every tab. */
      readonly about?: unknown
    }
  /** A message of the server is behind it. */
  | { readonly t: 'item'; readonly n: number; readonly at?: SharedPosition | undefined }
  | { readonly t: 'gap'; readonly n: number; readonly gap: Gap }
  /** The answer to `ask`. */
  | { readonly t: 'here' }
  | { readonly t: 'acked'; readonly ids: readonly string[] }
  | { readonly t: 'refused'; readonly id: string; readonly error: SerializedError }
  | { readonly t: 'down'; readonly error: SerializedError }
  /** It waits for the app (`park`), or is over. */
  | { readonly t: 'over'; readonly error: SerializedError; readonly park: boolean }

const LINE = '\n'
const LINE_BYTE = 10

/** One frame: the head as a line of JSON, and behind it a message, where there is one. */
export function join(head: ToHost | ToTab, body?: WebSocketFrame): WebSocketFrame {
  const text = JSON.stringify(head)
  if (body === undefined) return text
  if (typeof body === 'string') return text + LINE + body
  const line = new TextEncoder().encode(text + LINE)
  const frame = new Uint8Array(line.length + body.length)
  frame.set(line)
  frame.set(body, line.length)
  return frame
}

/** The parts of a frame that {@link join} made. Both ends are of this package, and of one version. */
export function split<Head extends ToHost | ToTab>(
  frame: WebSocketFrame,
): { readonly head: Head; readonly body: WebSocketFrame } {
  const at = typeof frame === 'string' ? frame.indexOf(LINE) : frame.indexOf(LINE_BYTE)
  const end = at < 0 ? frame.length : at
  const line = typeof frame === 'string' ? frame.slice(0, end) : new TextDecoder().decode(frame.subarray(0, end))
  return { head: JSON.parse(line), body: typeof frame === 'string' ? frame.slice(end + 1) : frame.slice(end + 1) }
}

/** An error as it is sent to another tab. */
export function serializeError(error: unknown): SerializedError {
  const { code = 'tabs/not_open', message = String(error) }: Partial<SerializedError> = Object(error)
  return { code: String(code), message }
}
