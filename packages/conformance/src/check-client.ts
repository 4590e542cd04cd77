import { type Clock, systemClock } from '@holdfast/contract'
import { CHECK_DEFAULTS } from './check-server.ts'
import type { StartClient } from './checking/client-program.ts'
import { type RowResult, runRows, selectRows, type Wire } from './checking/rows.ts'
import { type RowText, rowTexts } from './checking/server-check.ts'
import { ASKING_ROWS } from './hub/client/asking-rows.ts'
import { SENDING_ROWS } from './hub/client/sending-rows.ts'
import { ClientScene, type ClientTarget } from './hub/client-scene.ts'

/** Options of {@link checkClient}. */
export interface ClientCheckOptions {
  readonly wire: Extract<Wire, 'hub'>
  /** Starts the client, once or twice for each row: {@link programClient} starts a program. */
  readonly start: StartClient
  /** Ids of rows; the part behind the `/` is enough. @defaultValue all rows of the wire */
  readonly only?: readonly string[] | undefined
  /** The longest wait for something that must come. In milliseconds. @defaultValue 10,000 */
  readonly timeoutMs?: number | undefined
  /** How many rows are checked at the same time. @defaultValue 4 */
  readonly atOnce?: number | undefined
  readonly clock?: Clock | undefined
}

/** Those of the hub. */
const ROWS = [...ASKING_ROWS, ...SENDING_ROWS]

/**
 * Checks a client against every row of a wire: it is started for each of them, on a server that does what the row says.
 * Resolves with a result for each row, in their order. @throws `conformance/invalid_option`
 */
export async function checkClient(options: ClientCheckOptions): Promise<readonly RowResult[]> {
  const { start, only, timeoutMs = CHECK_DEFAULTS.timeoutMs, clock = systemClock } = options
  const { atOnce = CHECK_DEFAULTS.atOnce } = options
  const target: ClientTarget = { start, timeoutMs, clock }
  return runRows(selectRows(ROWS, only), () => ClientScene.open(target), atOnce)
}

/** Every row for clients of a wire, in the order in which they are checked. */
export function clientRows(wire: Wire): readonly RowText[] {
  return wire === 'hub' ? rowTexts(ROWS) : []
}
