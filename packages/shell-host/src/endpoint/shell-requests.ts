import type { IncomingMessage, ServerResponse } from 'node:http'
import { HoldfastError, type Logger, silentLogger, systemClock } from '@holdfast/contract'
import {
  allowOrigin,
  Entrance,
  type Principal,
  preflight,
  type RequestEndpoint,
  requestUrl,
  sendJson,
} from '@holdfast/gate/internals'
import type { ShellList, ShellListing, ShellPermission } from '@holdfast/protocol/shell'
import { asShellError, shellError, statusOf } from '../errors.ts'
import { type AuthorizeShell, ownerOnly, permissionsOf } from '../host/authorization.ts'
import type { ShellSummary } from '../host/shell-summary.ts'
import type { ShellDoorOptions } from './shell-door.ts'

/** Shells in one answer; the newest first. */
const MAX_SHELLS = 500

/** What {@link shellRequests} must and may be told. */
export interface ShellRequestsOptions extends ShellDoorOptions {
  /** Every shell of this server, running and ended: `ShellHost.list()`, `ShellProcess.list()`. */
  readonly list: () => Promise<readonly ShellSummary[]>
  /** The same decision as that of the host. @defaultValue a principal's own shells */
  readonly authorize?: AuthorizeShell | undefined
  /** What the other servers of a cluster tell this principal. @defaultValue there are none */
  readonly elsewhere?: ((principal: Principal) => Promise<ShellList>) | undefined
  /** @defaultValue nothing is logged */
  readonly logger?: Logger | undefined
}

/**
 * `GET /shells` without a `shellId`: the shells that whoever asks may see, and what they may do with each. A shell that
 * they may neither observe nor write to is not told. Errors are JSON with the codes of the shells.
 */
export function shellRequests(options: ShellRequestsOptions): RequestEndpoint {
  const { authenticate, logger = silentLogger, origins = [], proxies, base = '' } = options
  const entrance = new Entrance({ authenticate, origins, proxies, clock: systemClock, logger })
  const path = `${base.replace(/\/+$/, '')}/shells`
  return {
    handles: (request) => {
      const url = requestUrl(request)
      // With an id it is a shell's own address, which speaks WebSocket.
      return url?.pathname.replace(/\/$/, '') === path && !url.searchParams.has('shellId')
    },
    handle: (request, response) => {
      answer(request, response, options, entrance).catch((error: unknown) => refuse(response, error, logger))
    },
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: ShellRequestsOptions,
  entrance: Entrance,
): Promise<void> {
  entrance.demandOrigin(request)
  allowOrigin(request, response)
  if (request.method === 'OPTIONS') return preflight(response, ['GET'])
  if (request.method !== 'GET') {
    response.setHeader('allow', 'GET')
    return sendJson(response, 405, { error: { code: 'shell/bad_request', message: 'Expected GET.' } })
  }
  const principal = await entrance.identify(request)
  if (principal === undefined) throw shellError('shell/unauthorized', 'Credentials are missing or wrong.')
  const [here, elsewhere] = await Promise.all([visible(principal, options), options.elsewhere?.(principal)])
  const { shells = [], unreachable, more } = elsewhere ?? {}
  const all = [...here, ...shells].sort((one, other) => other.startedAt - one.startedAt)
  const told: ShellList = {
    shells: all.slice(0, MAX_SHELLS),
    ...(unreachable === undefined ? {} : { unreachable }),
    ...(all.length > MAX_SHELLS || more === true ? { more: true } : {}),
  }
  sendJson(response, 200, told)
}

async function visible(principal: Principal, options: ShellRequestsOptions): Promise<readonly ShellListing[]> {
  const { list, authorize = ownerOnly } = options
  const looked = await Promise.all((await list()).map((shell) => look(principal, authorize, shell)))
  return looked.filter((shell) => shell !== undefined)
}

async function look(
  principal: Principal,
  authorize: AuthorizeShell,
  shell: ShellSummary,
): Promise<ShellListing | undefined> {
  const { shellId, sessionId, owner, program, startedAt, hasWriter, attached, outputBytes, exitCode } = shell
  const permissions = await permissionsOf(authorize, principal, { shellId, sessionId, owner })
  if (!permissions.observe && !permissions.write) return undefined
  const names: readonly ShellPermission[] = ['write', 'takeover', 'kill']
  const may = names.filter((name) => permissions[name])
  const end = exitCode === undefined ? {} : { exitCode }
  const running = exitCode === undefined
  return { shellId, sessionId, program, startedAt, running, ...end, hasWriter, attached, outputBytes, may }
}

function refuse(response: ServerResponse, error: unknown, logger: Logger): void {
  if (!(error instanceof HoldfastError)) logger.error('shells could not be listed', { error: String(error) })
  const refusal = asShellError(error)
  const status = statusOf(refusal)
  if (status === 401) response.setHeader('www-authenticate', 'Bearer')
  if (status === 429) response.setHeader('retry-after', '1')
  sendJson(response, status, { error: { code: refusal.code, message: refusal.message } })
}
