import { randomBytes } from 'node:crypto'
import { type Clock, type Logger, pause, silentLogger, systemClock } from '@holdfast/contract'
import { type Authenticate, hasScope, limitsFrom, type Principal } from '@holdfast/gate/internals'
import { INTERNAL_STATUS, Replica, type SessionLog, type SessionRecord } from '@holdfast/log'
import type { StoredGrant } from '../generated/types.ts'
import { unfitLogger } from '../unfit-values.ts'
import { grantError } from './errors.ts'
import { coversRole, GRANT_TOKEN_PREFIX, type Grant, grantDigest, holderOf, newGrantToken } from './grant.ts'
import { GrantsState } from './grants-state.ts'

/** Bounds of grants. */
export interface GrantLimits {
  /** Grants that have not ended, of all principals and of each. */
  readonly maxGrants: number
  readonly maxGrantsPerPrincipal: number
  /** A snapshot is stored, and the log of grants trimmed, every this many changes. */
  readonly snapshotEvents: number
  /** How long a token that is not known here yet is waited for: another node may have made it just now. */
  readonly catchUpMs: number
}

export const GRANT_LIMITS: GrantLimits = {
  maxGrants: 1_000,
  maxGrantsPerPrincipal: 100,
  snapshotEvents: 200,
  catchUpMs: 2_000,
}

/** Options of {@link openGrants}. */
export interface GrantsOptions {
  /** Where they are kept, in a session of their own. Nodes that share it share its grants. It is not closed. */
  readonly log: SessionLog
  /**
   * What a principal may do now; `undefined` for one that there is not (any more). A grant never does more than its maker
   * may, at each use.
   */
  readonly rightsOf: (principalId: string) => ReadonlySet<string> | undefined
  /** No grants can be made, and tokens of grants are refused. @defaultValue false */
  readonly isOff?: boolean | undefined
  /** Replaces single bounds. @defaultValue {@link GRANT_LIMITS} */
  readonly limits?: Partial<GrantLimits> | undefined
  readonly clock?: Clock | undefined
  readonly logger?: Logger | undefined
}

/** What a grant allows others to do. */
export type GrantRequest = Pick<Grant, 'session' | 'epoch' | 'shell' | 'role' | 'label' | 'endsAt'>

/** The session of the log that has the grants: clients are neither shown it nor let in. */
const SESSION = 'holdfast/grants'
const RETRY_MS = 1_000

/** Tokens for one session or one shell each, with a role and an end. They last as long as the log, at every node. */
export class Grants {
  readonly #options: GrantsOptions
  readonly #limits: GrantLimits
  readonly #clock: Clock
  readonly #replica: Replica<GrantsState, void>
  /** By the id of the grant: aborted when it ends or is revoked. */
  readonly #ends = new Map<string, AbortController>()
  #catchingUp: Promise<void> | undefined

  private constructor(options: GrantsOptions) {
    const { log, clock = systemClock, logger = silentLogger } = options
    const limits = limitsFrom(GRANT_LIMITS, options.limits)
    this.#options = options
    this.#limits = limits
    this.#clock = clock
    this.#replica = new Replica({
      log,
      session: SESSION,
      open: () => openSession(log),
      empty: () => new GrantsState(() => clock.epoch(), unfitLogger(logger, SESSION)),
      loaded: () => this.#endVoid(),
      applied: () => this.#endVoid(),
      snapshotEvents: limits.snapshotEvents,
      retention: () => ({ maxEvents: 1 }),
      recovery: { pause: (_failures, signal) => pause(clock, RETRY_MS, signal) },
      ended: (error) =>
        logger.error('grants of other nodes, and their ends, are not received', { error: String(error) }),
      producer: 'grants',
      idPrefix: 'grants',
      clock,
      logger,
    })
  }

  /** Opens the grants of a log. @throws what the log throws */
  static async open(options: GrantsOptions): Promise<Grants> {
    const grants = new Grants(options)
    await grants.#replica.start()
    return grants
  }

  /** Knows the tokens of grants besides those of `next`. */
  authenticate(next: Authenticate): Authenticate {
    return async (credentials) => {
      const offered = credentials.bearer ?? credentials.apiKey
      const isGrant = offered?.startsWith(GRANT_TOKEN_PREFIX) === true
      if (!isGrant || this.#options.isOff === true) return next(credentials)
      const digest = grantDigest(offered)
      if (this.#replica.state.byDigest(digest) === undefined) await this.#catchUp()
      return this.#holder(digest) ?? next(credentials)
    }
  }

  /**
   * Makes a grant and returns its token, which is not available again. Does not check whether `by` may access the
   * session.
   * @throws HoldfastError `grants/off`, `grants/forbidden`, `grants/too_many`, `grants/unavailable`
   */
  async make(by: Principal, request: GrantRequest): Promise<{ readonly grant: Grant; readonly token: string }> {
    if (this.#options.isOff === true) throw grantError('grants/off', 'Sharing is switched off on this gateway.')
    if (by.grant !== undefined || !coversRole(by.scopes, request)) {
      throw grantError('grants/forbidden', `This principal may not grant the role ${request.role}.`)
    }
    const mine = this.#live().filter((grant) => grant.by === by.id).length
    const { maxGrants, maxGrantsPerPrincipal } = this.#limits
    if (mine >= maxGrantsPerPrincipal || this.#replica.state.size >= maxGrants) {
      throw grantError(
        'grants/too_many',
        `There are ${mine >= maxGrantsPerPrincipal ? mine : maxGrants} grants already.`,
      )
    }
    const token = newGrantToken()
    const id = `g_${randomBytes(9).toString('base64url')}`
    const grant: Grant = { ...request, id, by: by.id, createdAt: this.#clock.epoch() }
    await this.#append(id, 'grant', { t: 'grant', grant: { ...grant, digest: grantDigest(token) } })
    return { grant, token }
  }

  /** Those of a principal, the newest first; all of them for the scope `admin`. */
  list(principal: Principal): readonly Grant[] {
    const shown = this.#live().filter(({ by }) => by === principal.id || hasScope(principal))
    return shown.map(({ digest: _digest, ...grant }) => grant).sort((one, other) => other.createdAt - one.createdAt)
  }

  /**
   * Ends a grant at once, and the connections of its holders, at every node.
   * @throws HoldfastError `grants/not_found`, also for another principal's; `grants/unavailable`
   */
  async revoke(principal: Principal, id: string): Promise<void> {
    if (principal.grant !== undefined || !this.list(principal).some((grant) => grant.id === id)) {
      throw grantError('grants/not_found', 'There is no such grant.')
    }
    await this.#append(`${id}-`, 'revoked', { t: 'revoked', id })
  }

  close(): void {
    void this.#replica.close()
  }

  #holder(digest: string): Principal | undefined {
    const grant = this.#replica.state.byDigest(digest)
    if (grant === undefined || grant.endsAt <= this.#clock.epoch()) return undefined
    const rights = this.#options.rightsOf(grant.by)
    if (rights === undefined || !coversRole(rights, grant)) return undefined
    const end = this.#ends.get(grant.id) ?? new AbortController()
    this.#ends.set(grant.id, end)
    return holderOf(grant, rights, end.signal)
  }

  #live(): readonly StoredGrant[] {
    const live = this.#replica.state.live()
    this.#endVoid()
    return live
  }

  /** Ends the connections of holders of a revoked grant. */
  #endVoid(): void {
    for (const [id, end] of this.#ends) {
      if (this.#replica.state.has(id)) continue
      this.#ends.delete(id)
      end.abort()
    }
  }

  async #append(key: string, kind: string, payload: object): Promise<void> {
    const result = await this.#replica.append([{ kind, payload }], { key })
    if (result.outcome !== 'appended') throw grantError('grants/unavailable', 'The log cannot take it now.')
    await this.#replica.reached(result.last, this.#limits.catchUpMs)
  }

  /** Everything that other nodes had written when this was called. One read of the log at a time, for all callers. */
  #catchUp(): Promise<void> {
    this.#catchingUp ??= this.#replica
      .synced(this.#limits.catchUpMs)
      .catch(() => {})
      .finally(() => {
        this.#catchingUp = undefined
      })
    return this.#catchingUp
  }
}

async function openSession(log: SessionLog): Promise<SessionRecord> {
  const { session } = await log.createSession(SESSION, { status: INTERNAL_STATUS })
  if (session.status === INTERNAL_STATUS) return session
  throw grantError('grants/unavailable', `The session ${SESSION} of the log is somebody else's: remove it.`)
}

/** Opens the grants of a log, see {@link Grants}. */
export function openGrants(options: GrantsOptions): Promise<Grants> {
  return Grants.open(options)
}
