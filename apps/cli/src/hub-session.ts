import { HubClient, type HubError, type HubOptions } from '@holdfast/hub'
import { readHubStamp } from '@holdfast/protocol/hub'
import { nodeWebSocket } from '@holdfast/transport-node'
import { AwayNotice } from './away-notice.ts'
import { type EndpointFlags, type EndpointOptions, endpointOf } from './endpoint.ts'
import { EXIT } from './exit-codes.ts'
import { callGateway } from './gateway/gateway-api.ts'
import { EventAccount } from './outage/event-account.ts'
import type { Output } from './output.ts'
import { ownCommand } from './own-command.ts'
import { connectFirst, type FirstConnection } from './refusals/first-connection.ts'
import { refusalIn } from './refusals/refusals.ts'
import { placeOf } from './status-place.ts'
import { UserError } from './user-error.ts'

/** What the commands of a session share. */
export interface HubCommandOptions extends EndpointFlags {
  readonly json?: boolean | undefined
}

/**
 * A client of a session, with a line on stderr while it is away, and one that says what it missed when it is back.
 * {@link connectSession} dials.
 */
export function sessionClient(options: HubCommandOptions, overrides: Partial<HubOptions>, err: Output): HubClient {
  const { url, token } = endpointOf(options)
  const account = new EventAccount(() => client.connection.unread)
  // What a lead gets are requests, and there is no reader.
  const isReader = overrides.role !== 'lead'
  const away = new AwayNotice(err, url, () => client.explain(), isReader ? account : undefined)
  const client = new HubClient({
    origin: 'tui',
    ...overrides,
    url,
    token,
    tokenIn: 'header',
    transport: account.watch(nodeWebSocket()),
    onStatus: (event) => {
      away.changed(placeOf(event.status), event.cause)
      return overrides.onStatus?.(event)
    },
  })
  if (!isReader) return client
  client.on('gap', (gap) => account.gap(gap))
  client.on('message', (message) => account.take(readHubStamp(message), message.type === 'session_hydration'))
  return client
}

/** Connects. @throws UserError where the gateway refuses, cannot be reached, or Ctrl+C came first */
export async function connectSession(
  client: FirstConnection['client'],
  options: HubCommandOptions,
  signal: AbortSignal,
  end: () => void,
  sessionId?: string | undefined,
): Promise<void> {
  const endpoint = endpointOf(options)
  const words = (error: unknown): unknown => inWords(error, endpoint)
  try {
    await connectFirst({ client, endpoint, signal, end, next: NEXT, words })
  } catch (error) {
    throw sessionId !== undefined && (await isArchived(sessionId, endpoint, error)) ? archived(sessionId, error) : error
  }
}

/** Whether that is why it was refused. */
async function isArchived(sessionId: string, endpoint: EndpointOptions, error: unknown): Promise<boolean> {
  if (!(error instanceof UserError) || error.exitCode !== EXIT.refused) return false
  const path = `/api/hub/session/${encodeURIComponent(sessionId)}`
  const { status } = await callGateway(endpoint, 'GET', path).catch(() => ({ status: undefined }))
  return status === 'archived'
}

function archived(sessionId: string, cause: unknown): UserError {
  const next = ownCommand(`session unarchive ${sessionId}`)
  return new UserError(
    `The session ${sessionId} is archived. Take it out of the archive first: ${next}`,
    EXIT.refused,
    cause,
  )
}

/** What shows the sessions that are there. */
const NEXT = 'ls'

/** A hub's error as a sentence and an exit code. */
export function inWords(error: unknown, endpoint: EndpointOptions): unknown {
  return isHubError(error) ? refusalIn(error, endpoint, { next: NEXT }) : error
}

/** The same, of something that was asked in a session. `look`: the command that shows what happens there. */
export function unansweredInWords(
  error: unknown,
  client: Pick<HubClient, 'isConnected'>,
  endpoint: EndpointOptions,
  { sessionId, look }: { readonly sessionId: string; readonly look: string },
): unknown {
  // The gateway is there, and the session's lead does not answer.
  const isOfLead = isHubError(error) && error.code === 'hub/response_timeout' && client.isConnected
  if (!isOfLead) return inWords(error, endpoint)
  const what = `Nobody in the session ${sessionId} answered in time, and what was asked may still be done.`
  return new UserError(`${what} See what goes on there: ${ownCommand(look)}`, EXIT.unreachable, error)
}

function isHubError(error: unknown): error is HubError {
  return error instanceof Error && error.name === 'HubError' && 'details' in error
}
