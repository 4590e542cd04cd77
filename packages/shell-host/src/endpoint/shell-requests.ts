import { type Logger, silentLogger, systemClock } from '@holdfast/contract'
import { Entrance, type Principal, type RequestEndpoint, Router, requestUrl } from '@holdfast/gate/internals'
import type { ShellList, ShellListing, ShellPermission } from '@holdfast/protocol/shell'
import { SHELL_ERROR_TABLE } from '../errors.ts'
import { type AuthorizeShell, ownerOnly, permissionsOf } from '../host/authorization.ts'
import type { ShellSummary } from '../host/shell-summary.ts'
import type { ShellAccessOptions } from './shell-access.ts'

/** Shells in one answer; the newest first. */
const MAX_SHELLS = 500

/** What {@link shellRequests} must and may be told. */
export interface ShellRequestsOptions extends ShellAccessOptions {
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
  const path = `${base.replace(/\/+$/, '')}/shells`
  const router = new Router({
    bases: [path],
    routes: [{ method: 'GET', path: '', run: async ({ principal }) => ({ body: await listFor(principal, options) }) }],
    entrance: new Entrance({ authenticate, origins, proxies, clock: systemClock, logger }),
    errors: SHELL_ERROR_TABLE,
    maxBodyBytes: 0,
    logger,
  })
  return {
    // With an id it is a shell's own address, which speaks WebSocket.
    handles: (request) => router.handles(request) && requestUrl(request)?.searchParams.has('shellId') === false,
    handle: (request, response) => router.handle(request, response),
  }
}

async function listFor(principal: Principal, options: ShellRequestsOptions): Promise<ShellList> {
  const [here, elsewhere] = await Promise.all([visible(principal, options), options.elsewhere?.(principal)])
  const { shells = [], unreachable, more } = elsewhere ?? {}
  const all = [...here, ...shells].sort((one, other) => other.startedAt - one.startedAt)
  return {
    shells: all.slice(0, MAX_SHELLS),
    ...(unreachable === undefined ? {} : { unreachable }),
    ...(all.length > MAX_SHELLS || more === true ? { more: true } : {}),
  }
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
