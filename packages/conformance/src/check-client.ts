import { type Clock, systemClock } from '@holdfast/contract'
import { ACP_CLIENTS } from './acp/acp-clients.ts'
import { CHECK_DEFAULTS } from './check-server.ts'
import type { ClientTarget } from './checking/checked-client.ts'
import { type ClientWireCheck, clientCheckOf } from './checking/client-check.ts'
import type { StartClient } from './checking/client-program.ts'
import type { RowResult, Wire } from './checking/rows.ts'
import type { RowText } from './checking/server-check.ts'
import { HUB_CLIENTS } from './hub/hub-clients.ts'
import { SHELL_CLIENTS } from './shell/shell-clients.ts'

const CHECKS: Readonly<Record<Wire, ClientWireCheck>> = {
  hub: clientCheckOf(HUB_CLIENTS),
  shell: clientCheckOf(SHELL_CLIENTS),
  acp: clientCheckOf(ACP_CLIENTS),
}

/** Options of {@link checkClient}. */
export interface ClientCheckOptions {
  readonly wire: Wire
  /** Starts the client, once or twice for each row: {@link programClient} starts a program. */
  readonly start: StartClient
  /** Ids of rows; the part behind the `/` is enough. @defaultValue all rows of the wire */
  readonly only?: readonly string[] | undefined
  /** The longest wait for something that must come. In milliseconds. @defaultValue 10,000 */
  readonly timeoutMs?: number | undefined
  /** How many rows are checked at the same time. @defaultValue 4 */
  readonly atOnce?: number | undefined
  readonly clock?: Clock | undefined
  /** Called with each result as it is there, in any order. */
  readonly onResult?: ((result: RowResult) => void) | undefined
}

/**
 * Checks a client against every row of a wire: it is started for each of them, on a server that does what the row says.
 * Resolves with a result for each row, in their order. @throws `conformance/invalid_option`
 */
export async function checkClient(options: ClientCheckOptions): Promise<readonly RowResult[]> {
  const { start, only, onResult, timeoutMs = CHECK_DEFAULTS.timeoutMs, clock = systemClock } = options
  const { atOnce = CHECK_DEFAULTS.atOnce } = options
  const target: ClientTarget = { start, timeoutMs, clock }
  return CHECKS[options.wire].run(target, { only, atOnce, onResult })
}

/** Every row for clients of a wire, in the order in which they are checked. */
export function clientRows(wire: Wire): readonly RowText[] {
  return CHECKS[wire].rows
}
