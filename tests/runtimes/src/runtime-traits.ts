/** What a runtime's WebSocket tells, and what it keeps to itself. Each is tried: who tells more or less than this fails. */
export interface RuntimeTraits {
  /** The status of a refused upgrade. Elsewhere a probe finds it after the second dial. */
  readonly status: boolean
  /** That nobody listens on a port. */
  readonly refusedPort: boolean
  /** That no subprotocol was selected. Elsewhere the dial fails like any other. */
  readonly subprotocol: boolean
  /** The code of a close frame before the connection has ended. Elsewhere the channel ends without one. */
  readonly closeFrame: boolean
  /** The last message and the code of a server that compresses and ends at once. Elsewhere a loss is told. */
  readonly lastWords: boolean
}

const EVERYTHING: RuntimeTraits = {
  status: true,
  refusedPort: true,
  subprotocol: true,
  closeFrame: true,
  lastWords: true,
}

/** Of `nodeWebSocket()`, and of the runtimes' own WebSockets. */
export const RUNTIME_TRAITS = {
  transportNode: EVERYTHING,
  node22: { status: false, refusedPort: false, subprotocol: true, closeFrame: false, lastWords: false },
  node: { status: false, refusedPort: false, subprotocol: false, closeFrame: false, lastWords: false },
  bun: { ...EVERYTHING, closeFrame: false },
  deno: { ...EVERYTHING, refusedPort: false },
  workerd: { ...EVERYTHING, refusedPort: false },
  chromium: { ...EVERYTHING, status: false, refusedPort: false, subprotocol: false },
} as const satisfies Record<string, RuntimeTraits>

export type RuntimeName = keyof typeof RUNTIME_TRAITS
