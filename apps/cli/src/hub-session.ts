import type { Status } from '@holdfast/core'
import { isConnected } from '@holdfast/core/client'
import { HubClient, type HubError, type HubOptions } from '@holdfast/hub'
import { nodeWebSocket } from '@holdfast/transport-node'
import { AwayNotice } from './away-notice.ts'
import { type EndpointWish, endpointOf } from './endpoint.ts'
import { EXIT } from './exit-codes.ts'
import { wordsOf401 } from './gateway/gateway-api.ts'
import type { Output } from './output.ts'
import { printable } from './printable.ts'
import { refusalIn } from './server-messages.ts'
import { UserError } from './user-error.ts'

/** What the commands of a session share. */
export interface HubCommandOptions extends EndpointWish {
  readonly json?: boolean | undefined
}

/** A client of a session, with a line on stderr while it is away. {@link connectFirst} dials. */
export function sessionClient(options: HubCommandOptions, wish: Partial<HubOptions>, err: Output): HubClient {
  const { url, token } = endpointOf(options)
  const away = new AwayNotice(err, url, () => client.explain())
  const client = new HubClient({
    origin: 'tui',
    ...wish,
    url,
    token,
    tokenIn: 'header',
    transport: nodeWebSocket(),
    onStatus: (event) => {
      away.changed(placeOf(event.status), event.cause)
      return wish.onStatus?.(event)
    },
  })
  return client
}

/** A status of a client as a person sees it. */
export function placeOf(status: Status): 'open' | 'away' | 'over' {
  if (status.state === 'closed') return 'over'
  return isConnected(status) ? 'open' : 'away'
}

/** A gateway that is not there at all at first is a mistake more often than an outage. */
const FIRST_CONNECT_MS = 15_000

/** Connects. @throws UserError where the gateway refuses, cannot be reached, or Ctrl+C came first */
export async function connectFirst(client: HubClient, options: HubCommandOptions, signal: AbortSignal): Promise<void> {
  let said: string | undefined
  const hear = ({ cause }: { readonly cause?: unknown }): void => {
    said = refusalIn(cause) ?? said
  }
  const stops = [client.connection.on('status', hear), client.connection.on('dropped', hear)]
  try {
    await withTimeout(
      (limit) => client.connect({ signal: limit }),
      () => void client.close({ flushMs: 0 }),
      { ...options, said: () => said },
      signal,
    )
  } finally {
    for (const stop of stops) stop()
  }
}

/** {@link connectFirst} for whatever connects. */
export async function withTimeout(
  connect: (limit: AbortSignal) => Promise<unknown>,
  end: () => void,
  options: HubCommandOptions & { readonly said?: (() => string | undefined) | undefined },
  signal: AbortSignal,
): Promise<void> {
  const { url, token } = endpointOf(options)
  // Not AbortSignal.timeout(): what Node holds of it in a combined signal may be collected before its time, and it never ends.
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), FIRST_CONNECT_MS)
  const limited = AbortSignal.any([signal, late.signal])
  try {
    await connect(limited)
  } catch (error) {
    end()
    if (signal.aborted) throw new UserError('', EXIT.interrupted)
    const said = options.said?.()
    if (limited.aborted && said !== undefined)
      throw new UserError(`${url} answers: ${printable(said)}`, EXIT.failed, error)
    if (limited.aborted)
      throw new UserError(`${url} could not be reached. Try: holdfast doctor ${url}`, EXIT.failed, error)
    throw inWords(error, url, token)
  } finally {
    clearTimeout(timer)
  }
}

/** A hub's error as a sentence and an exit code. */
export function inWords(error: unknown, url: string, token: string | undefined): unknown {
  if (!isHubError(error)) return error
  const { status, closeCode, closeReason } = error.details
  if (status === 401 || closeCode === 4401) {
    return new UserError(wordsOf401(url, token), EXIT.refused, error)
  }
  const said = closeReason === undefined || closeReason === '' ? error.message : closeReason
  if (status === 403 || closeCode === 4403) return new UserError(said, EXIT.refused, error)
  if (status === 404 || closeCode === 4404) return new UserError(`${said} Try: holdfast ls`, EXIT.notFound, error)
  return new UserError(said, EXIT.failed, error)
}

function isHubError(error: unknown): error is HubError {
  return error instanceof Error && error.name === 'HubError' && 'details' in error
}
