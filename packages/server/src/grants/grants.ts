import { randomBytes } from 'node:crypto'
import { type Clock, HoldfastError, type Logger, silentLogger, systemClock } from '@holdfast/contract'
import { type Authenticate, hasScope, type Principal } from '@holdfast/gate/internals'
import type { LogEvent, SessionLog } from '@holdfast/log'
import { INTERNAL } from '../hub/state/records.ts'
import { grantError } from './errors.ts'
import {
  coversRole,
  GRANT_TOKEN_PREFIX,
  type Grant,
  grantDigest,
  holderOf,
  isKeptGrant,
  type KeptGrant,
  newGrantToken,
} from './grant.ts'

/** Bounds of grants. */
export interface GrantLimits {
  /** Grants that have not ended, of all principals and of each. */
  readonly maxGrants: number
  readonly maxGrantsPerPrincipal: number
  /** A snapshot, and the log of grants is cut, every so many changes. */
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

/** What {@link openGrants} must and may be told. */
export interface GrantsOptions {
  /** Where they are kept, in a session of their own. Nodes that share it share its grants. It is not closed. */
  readonly log: SessionLog
  /**
   * What a principal may do now; `undefined` for one that there is not (any more). A grant never does more than its maker
   * may, at each use.
   */
  readonly rightsOf: (principalId: string) => ReadonlySet<string> | undefined
  /** Replaces single bounds. @defaultValue {@link GRANT_LIMITS} */
  readonly limits?: Partial<GrantLimits> | undefined
  readonly clock?: Clock | undefined
  readonly logger?: Logger | undefined
}

/** What somebody wants to let others do. */
export type GrantWish = Pick<Grant, 'session' | 'epoch' | 'shell' | 'role' | 'label' | 'endsAt'>

/** The session of the log that has the grants: clients are neither shown it nor let in. */
const SESSION = 'holdfast/grants'
const RETRY_MS = 1_000

interface Held {
  readonly grant: KeptGrant
  readonly end: AbortController
}

/** Tokens for one session or one shell each, with a role and an end. They last as long as the log, at every node. */
export class Grants {
  readonly #log: SessionLog
  readonly #options: GrantsOptions
  readonly #limits: GrantLimits
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #held = new Map<string, Held>()
  readonly #digests = new Map<string, string>()
  readonly #closed = new AbortController()
  readonly #waiting = new Set<() => void>()
  #n = 0
  #snapshotAt = 0
  #catchingUp: Promise<void> | undefined

  private constructor(options: GrantsOptions) {
    this.#options = options
    this.#log = options.log
    this.#limits = { ...GRANT_LIMITS, ...options.limits }
    this.#clock = options.clock ?? systemClock
    this.#logger = options.logger ?? silentLogger
  }

  /** Opens the grants of a log. @throws what the log throws */
  static async open(options: GrantsOptions): Promise<Grants> {
    const grants = new Grants(options)
    const { session } = await options.log.createSession(SESSION, { status: INTERNAL })
    if (session.status !== INTERNAL) {
      throw grantError('grants/unavailable', `The session ${SESSION} of the log is somebody else's: remove it.`)
    }
    await grants.#load()
    void grants.#follow()
    return grants
  }

  /** Knows the tokens of grants besides those of `next`. */
  authenticate(next: Authenticate): Authenticate {
    return async (credentials) => {
      const offered = credentials.bearer ?? credentials.apiKey
      if (offered?.startsWith(GRANT_TOKEN_PREFIX) !== true) return next(credentials)
      const digest = grantDigest(offered)
      if (!this.#digests.has(digest)) await this.#catchUp()
      return this.#holder(digest) ?? next(credentials)
    }
  }

  /**
   * Makes a grant. Its token is told this once. Whether the maker may find the session is not looked at here.
   * @throws HoldfastError `grants/forbidden`, `grants/too_many`, `grants/unavailable`
   */
  async make(by: Principal, wish: GrantWish): Promise<{ readonly grant: Grant; readonly token: string }> {
    if (by.grant !== undefined || !coversRole(by.scopes, wish)) {
      throw grantError('grants/forbidden', `This principal may not grant the role ${wish.role}.`)
    }
    const mine = this.#live().filter((grant) => grant.by === by.id).length
    const { maxGrants, maxGrantsPerPrincipal } = this.#limits
    if (mine >= maxGrantsPerPrincipal || this.#held.size >= maxGrants) {
      throw grantError(
        'grants/too_many',
        `There are ${mine >= maxGrantsPerPrincipal ? mine : maxGrants} grants already.`,
      )
    }
    const token = newGrantToken()
    const id = `g_${randomBytes(9).toString('base64url')}`
    const grant: Grant = { ...wish, id, by: by.id, createdAt: this.#clock.epoch() }
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
    this.#closed.abort()
    for (const go of this.#waiting) go()
  }

  #holder(digest: string): Principal | undefined {
    const held = this.#held.get(this.#digests.get(digest) ?? '')
    if (held === undefined || held.grant.endsAt <= this.#clock.epoch()) return undefined
    const rights = this.#options.rightsOf(held.grant.by)
    if (rights === undefined || !coversRole(rights, held.grant)) return undefined
    return holderOf(held.grant, rights, held.end.signal)
  }

  #live(): readonly KeptGrant[] {
    const now = this.#clock.epoch()
    for (const [id, { grant }] of this.#held) if (grant.endsAt <= now) this.#forget(id)
    return [...this.#held.values()].map(({ grant }) => grant)
  }

  async #append(id: string, kind: string, payload: object): Promise<void> {
    const event = { id, kind, at: this.#clock.epoch(), payload }
    const result = await this.#log.append(SESSION, [event], { producer: { id: 'grants', fence: 0 }, key: id })
    if (result.outcome !== 'appended') throw grantError('grants/unavailable', 'The log cannot take it now.')
    await this.#reached(result.last)
  }

  /** Everything that other nodes had written when this was called. One look at the log at a time, whoever asks. */
  #catchUp(): Promise<void> {
    this.#catchingUp ??= this.#log
      .head(SESSION)
      .then(({ last }) => this.#reached(last))
      .catch(() => {})
      .finally(() => {
        this.#catchingUp = undefined
      })
    return this.#catchingUp
  }

  async #reached(n: number): Promise<void> {
    const deadline = this.#clock.now() + this.#limits.catchUpMs
    while (this.#n < n && !this.#closed.signal.aborted && this.#clock.now() < deadline) {
      await new Promise<void>((resolve) => {
        const go = (): void => {
          this.#waiting.delete(go)
          timer.cancel()
          resolve()
        }
        const timer = this.#clock.after(deadline - this.#clock.now(), go)
        this.#waiting.add(go)
      })
    }
  }

  async #load(): Promise<void> {
    const snapshot = await this.#log.snapshot(SESSION)
    if (snapshot !== null && snapshot.n > this.#n) this.#restore(snapshot.n, snapshot.state)
    for (;;) {
      const page = await this.#log.read(SESSION, { after: this.#n })
      if (page.gap !== undefined) this.#n = page.gap.reason === 'retention' ? page.gap.to : 0
      for (const event of page.events) this.#apply(event)
      if (this.#n >= page.last) return
    }
  }

  async #follow(): Promise<void> {
    const { signal } = this.#closed
    while (!signal.aborted) {
      try {
        for await (const item of this.#log.tail(SESSION, { after: this.#n, signal })) {
          if (item.type === 'gap') break
          if (item.type === 'event') this.#apply(item.event)
        }
        if (!signal.aborted) await this.#load()
      } catch (error) {
        if (signal.aborted || (error instanceof HoldfastError && error.code === 'log/closed')) return
        this.#logger.warn('grants of other nodes, and their ends, are not heard of now', { error: String(error) })
        await this.#pause()
      }
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        timer.cancel()
        this.#closed.signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = this.#clock.after(RETRY_MS, done)
      this.#closed.signal.addEventListener('abort', done)
    })
  }

  #apply({ n, payload }: LogEvent): void {
    this.#n = n
    const { t, grant, id }: { readonly [name: string]: unknown } = { ...(typeof payload === 'object' ? payload : {}) }
    if (t === 'grant' && isKeptGrant(grant)) this.#keep(grant)
    if (t === 'revoked' && typeof id === 'string') this.#forget(id)
    for (const go of [...this.#waiting]) go()
    if (n - this.#snapshotAt >= this.#limits.snapshotEvents) void this.#store(n)
  }

  #keep(grant: KeptGrant): void {
    if (this.#held.has(grant.id) || grant.endsAt <= this.#clock.epoch()) return
    this.#held.set(grant.id, { grant, end: new AbortController() })
    this.#digests.set(grant.digest, grant.id)
  }

  #forget(id: string): void {
    const held = this.#held.get(id)
    if (held === undefined) return
    this.#held.delete(id)
    this.#digests.delete(held.grant.digest)
    held.end.abort()
  }

  #restore(n: number, state: unknown): void {
    this.#n = n
    this.#snapshotAt = n
    const kept = (Array.isArray(state) ? state : []).filter(isKeptGrant)
    const known = new Set(kept.map(({ id }) => id))
    for (const id of [...this.#held.keys()]) if (!known.has(id)) this.#forget(id)
    for (const grant of kept) this.#keep(grant)
  }

  async #store(n: number): Promise<void> {
    this.#snapshotAt = n
    try {
      await this.#log.putSnapshot(SESSION, n, this.#live())
      await this.#log.trim(SESSION, { maxEvents: 1 })
    } catch (error) {
      this.#logger.warn('a snapshot of grants was not stored', { error: String(error) })
    }
  }
}

/** Opens the grants of a log, see {@link Grants}. */
export function openGrants(options: GrantsOptions): Promise<Grants> {
  return Grants.open(options)
}
