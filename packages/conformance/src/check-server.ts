import { type Clock, systemClock } from '@holdfast/contract'
import { ACP_SERVERS } from './acp/acp-servers.ts'
import type { RowResult, Wire } from './checking/rows.ts'
import { checkOf, type RowText, type WireCheck } from './checking/server-check.ts'
import type { ServerTarget } from './checking/target.ts'
import { HUB_SERVERS } from './hub/hub-servers.ts'
import { SHELL_SERVERS } from './shell/shell-servers.ts'

const CHECKS: Readonly<Record<Wire, WireCheck>> = {
  hub: checkOf(HUB_SERVERS),
  shell: checkOf(SHELL_SERVERS),
  acp: checkOf(ACP_SERVERS),
}

/** Options of {@link checkServer}. */
export interface ServerCheckOptions {
  readonly wire: Wire
  /** The address that clients are given: `http(s):` or `ws(s):`, without a credential. */
  readonly url: string
  /** The credential. It is never part of an address, an error or a result. */
  readonly token?: string | undefined
  /** The working folder of the sessions that ACP's rows make. @defaultValue `.`: the one that the server chooses */
  readonly folder?: string | undefined
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

/** Defaults of both checks. Milliseconds. */
export const CHECK_DEFAULTS = { timeoutMs: 10_000, atOnce: 4 } as const

/**
 * Checks a server against every row of a wire. Resolves with a result for each row, in their order.
 * @throws `conformance/unreachable` where it cannot be connected to, `conformance/invalid_option`
 */
export async function checkServer(options: ServerCheckOptions): Promise<readonly RowResult[]> {
  const { url, token, folder, only, onResult, timeoutMs = CHECK_DEFAULTS.timeoutMs, clock = systemClock } = options
  const target: ServerTarget = { url, token, folder, timeoutMs, clock }
  const { atOnce = CHECK_DEFAULTS.atOnce } = options
  return CHECKS[options.wire].run(target, { only, atOnce, onResult })
}

/** Every row for servers of a wire, in the order in which they are checked. */
export function serverRows(wire: Wire): readonly RowText[] {
  return CHECKS[wire].rows
}
