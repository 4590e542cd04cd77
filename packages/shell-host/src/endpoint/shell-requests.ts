import { type Logger, silentLogger, systemClock } from '@holdfast/contract'
import {
  bodyOf,
  Entrance,
  type Principal,
  type RequestEndpoint,
  type RestAnswer,
  type RestCall,
  Router,
  requestUrl,
} from '@holdfast/gate/internals'
import {
  isShellId,
  isShellName,
  MAX_SHELL_NAME,
  type ShellList,
  type ShellListing,
  type ShellPermission,
} from '@holdfast/protocol/shell'
import { SHELL_ERROR_TABLE, shellError } from '../errors.ts'
import { shellChangeBody } from '../generated/checks.ts'
import type { ShellSummary } from '../generated/types.ts'
import { type AuthorizeShell, ownerOnly, permissionsOf } from '../host/authorization.ts'
import { fullness } from '../host/shell-bounds.ts'
import type { ShellRef } from '../host/shell-summary.ts'
import { SHELL_LIMITS, type ShellLimits } from '../limits.ts'
import type { ShellAccessOptions } from './shell-access.ts'

/** Shells in one answer; the newest first. */
const MAX_SHELLS = 500
/** A name, as JSON. */
const MAX_BODY_BYTES = 4_096

/** Options of {@link shellRequests}. */
export interface ShellRequestsOptions extends ShellAccessOptions {
  /** Every shell of this server, running and ended: `ShellHost.list()`, `ShellProcess.list()`. */
  readonly list: () => Promise<readonly ShellSummary[]>
  /** Ends one: `ShellHost.kill()`, `ShellProcess.kill()`. @defaultValue shells are only listed */
  readonly kill?: ((which: ShellRef) => Promise<readonly number[] | undefined>) | undefined
  /** Names one: `ShellHost.rename()`, `ShellProcess.rename()`. @defaultValue shells are only listed */
  readonly rename?: ((which: ShellRef, name: string | undefined) => boolean | Promise<boolean>) | undefined
  /** The same decision as that of the host. @defaultValue a principal's own shells */
  readonly authorize?: AuthorizeShell | undefined
  /** What the other servers of a cluster list for this principal. @defaultValue there are none */
  readonly remote?: ((principal: Principal) => Promise<ShellList>) | undefined
  /** Asks the server of a cluster that has the shell; `undefined` where none has. @defaultValue there are none */
  readonly forward?: ((call: RestCall, shellId: string) => Promise<RestAnswer | undefined>) | undefined
  /** Of the host, to know whether there is room for another shell. @defaultValue `SHELL_LIMITS` */
  readonly limits?: Pick<ShellLimits, 'maxShells' | 'maxShellsPerPrincipal'> | undefined
  /** @defaultValue nothing is logged */
  readonly logger?: Logger | undefined
}

/** One shell, and what the principal may do with it. */
interface VisibleShell {
  readonly shell: ShellSummary
  readonly listing: ShellListing
}

/**
 * `GET /shells` without a `shellId`: the shells that the principal may see, and what it may do with each.
 * `GET`, `PATCH {name}` and `DELETE` of `/shells/{shellId}`: one of them is shown, named, or ended. A shell that they may
 * neither observe nor write to is not there. Errors are JSON with the codes of the shells.
 */
export function shellRequests(options: ShellRequestsOptions): RequestEndpoint {
  const { authenticate, logger = silentLogger, origins = [], proxies, base = '' } = options
  const one = '/{shellId}'
  const router = new Router({
    bases: [`${base.replace(/\/+$/, '')}/shells`],
    routes: [
      { method: 'GET', path: '', run: async ({ principal }) => ({ body: await shellsFor(principal, options) }) },
      { method: 'GET', path: one, run: (call) => of(call, options, ({ listing }) => ({ body: listing })) },
      { method: 'PATCH', path: one, run: (call) => of(call, options, (found) => renamed(call, options, found)) },
      { method: 'DELETE', path: one, run: (call) => of(call, options, (found) => killed(options, found)) },
    ],
    entrance: new Entrance({ authenticate, origins, proxies, clock: systemClock, logger }),
    errors: SHELL_ERROR_TABLE,
    maxBodyBytes: MAX_BODY_BYTES,
    logger,
  })
  return {
    // With an id it is a shell's own address, which speaks WebSocket.
    handles: (request) => router.handles(request) && requestUrl(request)?.searchParams.has('shellId') === false,
    handle: (request, response) => router.handle(request, response),
  }
}

/** Does something to the shell that a request names: the principal's own, else the newest that it may see. */
async function of(
  call: RestCall,
  options: ShellRequestsOptions,
  run: (found: VisibleShell) => RestAnswer | Promise<RestAnswer>,
): Promise<RestAnswer> {
  const { principal, parameters, query } = call
  const shellId = parameters['shellId'] ?? ''
  const sessionId = query.get('sessionId') ?? undefined
  const fitting = (await visible(principal, options)).filter(
    ({ shell }) => shell.shellId === shellId && (sessionId === undefined || shell.sessionId === sessionId),
  )
  const newestFirst = fitting.sort((a, b) => b.shell.startedAt - a.shell.startedAt)
  const found = newestFirst.find(({ shell }) => shell.owner === principal.id) ?? newestFirst[0]
  if (found !== undefined) return run(found)
  const answered = isShellId(shellId) ? await options.forward?.(call, shellId) : undefined
  if (answered !== undefined) return answered
  throw shellError('shell/not_found', 'There is no such shell.')
}

async function renamed(call: RestCall, { rename }: ShellRequestsOptions, found: VisibleShell): Promise<RestAnswer> {
  const { name } = bodyOf(shellChangeBody)(await call.body())
  if (name !== null && !isShellName(name)) {
    throw shellError('shell/bad_request', `name: expected 1 to ${MAX_SHELL_NAME} characters that can be seen, or null`)
  }
  if (!found.listing.may.includes('write')) {
    throw shellError('shell/forbidden', 'This principal may only observe this shell.')
  }
  if (rename === undefined || !(await rename(found.shell, name ?? undefined))) {
    throw shellError('shell/not_found', 'There is no such shell any more.')
  }
  const { name: _before, ...listing } = found.listing
  return { body: name === null ? listing : { ...listing, name } }
}

async function killed({ kill }: ShellRequestsOptions, { shell, listing }: VisibleShell): Promise<RestAnswer> {
  if (!listing.may.includes('kill')) throw shellError('shell/forbidden', 'This principal may not end this shell.')
  const left = await kill?.(shell)
  if (left === undefined) throw shellError('shell/not_found', 'There is no such shell any more.')
  return { body: { shellId: shell.shellId, sessionId: shell.sessionId, left: left.length } }
}

/** The shells that a principal may see, here and elsewhere. */
export async function shellsFor(
  principal: Principal,
  { limits = SHELL_LIMITS, ...options }: Pick<ShellRequestsOptions, 'list' | 'authorize' | 'remote' | 'limits'>,
): Promise<ShellList> {
  const known = await options.list()
  const list = async (): Promise<readonly ShellSummary[]> => known
  const [here, remote] = await Promise.all([visible(principal, { ...options, list }), options.remote?.(principal)])
  const running = known.filter(({ exitCode }) => exitCode === undefined)
  const own = running.filter(({ owner }) => owner === principal.id).length
  const full = fullness({ all: running.length, own }, limits)
  const { shells = [], unreachable, more } = remote ?? {}
  const all = [...here.map(({ listing }) => listing), ...shells].sort((a, b) => b.startedAt - a.startedAt)
  return {
    shells: all.slice(0, MAX_SHELLS),
    ...(unreachable === undefined ? {} : { unreachable }),
    ...(all.length > MAX_SHELLS || more === true ? { more: true } : {}),
    ...(full === undefined ? {} : { full }),
  }
}

async function visible(
  principal: Principal,
  options: Pick<ShellRequestsOptions, 'list' | 'authorize'>,
): Promise<readonly VisibleShell[]> {
  const { list, authorize = ownerOnly } = options
  const looked = await Promise.all((await list()).map((shell) => look(principal, authorize, shell)))
  return looked.filter((found) => found !== undefined)
}

async function look(
  principal: Principal,
  authorize: AuthorizeShell,
  shell: ShellSummary,
): Promise<VisibleShell | undefined> {
  const {
    shellId,
    sessionId,
    owner,
    program,
    name,
    title,
    recording,
    startedAt,
    hasWriter,
    attached,
    outputBytes,
    exitCode,
  } = shell
  const permissions = await permissionsOf(authorize, principal, { shellId, sessionId, owner })
  if (!permissions.observe && !permissions.write) return undefined
  const names: readonly ShellPermission[] = ['write', 'takeover', 'kill']
  const may = names.filter((one) => permissions[one])
  const end = exitCode === undefined ? {} : { exitCode }
  const made = recording === undefined ? {} : { recording }
  const called = { ...(name === undefined ? {} : { name }), ...(title === undefined ? {} : { title }) }
  const ids = { shellId, sessionId, program, ...called, startedAt }
  return {
    shell,
    listing: { ...ids, running: exitCode === undefined, ...end, hasWriter, attached, outputBytes, ...made, may },
  }
}
