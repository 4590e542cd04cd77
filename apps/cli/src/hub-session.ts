import { HubClient, type HubError, type HubOptions } from '@holdfast/hub'
import { nodeWebSocket } from '@holdfast/transport-node'
import { type EndpointOptions, endpointOf } from './endpoint.ts'
import { EXIT } from './exit-codes.ts'
import type { Output } from './output.ts'
import { UserError } from './user-error.ts'

/** What the commands of a session share. */
export interface HubCommandOptions extends EndpointOptions {
  readonly json?: boolean | undefined
}

/** An outage shorter than this is not worth a word. */
const NOTICE_AFTER_MS = 2_000

/** A client of a session, with a line on stderr while it is away. {@link connectFirst} dials. */
export function sessionClient(options: HubCommandOptions, wish: Partial<HubOptions>, err: Output): HubClient {
  const { url, token } = endpointOf(options)
  let notice: NodeJS.Timeout | undefined
  let isTold = false
  return new HubClient({
    origin: 'tui',
    ...wish,
    url,
    apiKey: token,
    apiKeyIn: 'header',
    transport: nodeWebSocket(),
    maxReconnectAttempts: Number.POSITIVE_INFINITY,
    onStateChange: (state) => {
      wish.onStateChange?.(state)
      clearTimeout(notice)
      if (!err.isTerminal) return
      if (state === 'connected' || state === 'closed') {
        if (isTold) void err.write('\r\u001B[2K')
        isTold = false
        return
      }
      if (isTold) return
      notice = setTimeout(() => {
        isTold = true
        void err.write(`\r\u001B[2Kholdfast: ${url} is not reachable, trying again`)
      }, NOTICE_AFTER_MS)
      notice.unref()
    },
  })
}

/** A gateway that is not there at all at first is a mistake more often than an outage. */
const FIRST_CONNECT_MS = 15_000

/** Connects. @throws UserError where the gateway refuses, cannot be reached, or Ctrl+C came first */
export async function connectFirst(client: HubClient, options: HubCommandOptions, signal: AbortSignal): Promise<void> {
  const { url, token } = endpointOf(options)
  const limited = AbortSignal.any([signal, AbortSignal.timeout(FIRST_CONNECT_MS)])
  try {
    await client.connect({ signal: limited })
  } catch (error) {
    client.terminate()
    if (signal.aborted) throw new UserError('', EXIT.interrupted)
    if (limited.aborted)
      throw new UserError(`${url} could not be reached. Try: holdfast doctor ${url}`, EXIT.failed, error)
    throw inWords(error, url, token)
  }
}

/** A hub's error as a sentence and an exit code. */
export function inWords(error: unknown, url: string, token: string | undefined): unknown {
  if (!isHubError(error)) return error
  const { status, closeCode, closeReason } = error.details
  if (status === 401 || closeCode === 4401) {
    return new UserError(
      token === undefined ? `${url} wants a token. Set HOLDFAST_TOKEN.` : `${url} refused the token.`,
      EXIT.refused,
      error,
    )
  }
  const said = closeReason === undefined || closeReason === '' ? error.message : closeReason
  if (status === 403 || closeCode === 4403) return new UserError(said, EXIT.refused, error)
  if (status === 404 || closeCode === 4404) return new UserError(said, EXIT.notFound, error)
  return new UserError(said, EXIT.failed, error)
}

function isHubError(error: unknown): error is HubError {
  return error instanceof Error && error.name === 'HubError' && 'details' in error
}

/** Aborts at the first Ctrl+C; dispose to give the signal back. */
export function interruption(): { readonly signal: AbortSignal; dispose(): void } {
  const controller = new AbortController()
  const abort = (): void => controller.abort()
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const name of signals) process.once(name, abort)
  return {
    signal: controller.signal,
    dispose: () => {
      for (const name of signals) process.off(name, abort)
    },
  }
}
