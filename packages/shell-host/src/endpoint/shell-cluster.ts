import { connect as connectPlain } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectSecure } from 'node:tls'
import { type Clock, type Logger, silentLogger, systemClock, type Timer } from '@holdfast/contract'
import {
  type Principal,
  RateLimiter,
  type RequestEndpoint,
  type RestAnswer,
  type RestCall,
  slowGuesses,
  type UpgradeEndpoint,
} from '@holdfast/gate/internals'
import type { Directory, DirectoryEntry } from '@holdfast/log/directory'
import type { ShellList, ShellTarget } from '@holdfast/protocol/shell'
import { shellError } from '../errors.ts'
import type { ShellSummary } from '../generated/types.ts'
import { type AuthorizeShell, ownerOnly, permissionsOf } from '../host/authorization.ts'
import { shellOfPod } from '../kubernetes/pods.ts'
import { SHELL_LIMITS } from '../limits.ts'
import { recordingRequests } from '../recording/recording-requests.ts'
import type { Recordings } from '../recording/recordings.ts'
import type { RecordingPeers } from '../recording/remote-recordings.ts'
import { relayedPrincipals, relayHeaders } from '../tunnel/relayed-principal.ts'
import { askPeer, remoteShells } from './remote-shells.ts'
import type { ShellAccessOptions, ShellVisit } from './shell-access.ts'
import { type ShellRequestsOptions, shellRequests } from './shell-requests.ts'
import { type ShellPeer, tunnelShells } from './shell-tunnels.ts'

/** Options of {@link openShellCluster}. */
export interface ShellClusterOptions extends ShellAccessOptions {
  readonly directory: Directory
  /** Where the other nodes reach this one: `http://host:port`, or `https:`. */
  readonly url: string
  /** Makes the endpoint of this node's own shells, for one listener. */
  readonly open: (access: ShellAccessOptions) => UpgradeEndpoint
  /** The shells of this node, running and ended. */
  readonly list: () => Promise<readonly ShellSummary[]>
  /** Ends and names shells of this node, see `shellRequests()`. @defaultValue shells are only listed */
  readonly kill?: ShellRequestsOptions['kill']
  readonly rename?: ShellRequestsOptions['rename']
  /** Recordings of this node, to be had at every other. @defaultValue none are */
  readonly recordings?: Recordings | undefined
  /** Names of pods mean something, as the hosts have it: the pod of a shell is where the shell is. @defaultValue false */
  readonly pods?: boolean | undefined
  /** The same decision as that of the host. @defaultValue a principal's own shells */
  readonly authorize?: AuthorizeShell | undefined
  readonly clock?: Clock | undefined
  readonly logger?: Logger | undefined
}

/** The shells of a cluster, as one of its nodes serves them. */
export interface ShellCluster {
  /** For clients: a shell that is at another node is reached through it. */
  readonly clients: UpgradeEndpoint
  /** For the other nodes, which carry their clients' connections here. */
  readonly nodes: UpgradeEndpoint
  /** `/shells` with the shells of all nodes, and what answers for this one's to the other ones. */
  readonly requests: readonly RequestEndpoint[]
  /** The shells of the other nodes that a principal may see. */
  readonly remote: (principal: Principal) => Promise<ShellList>
  /** Withdraws what this node published. Its shells are not touched. */
  close(): void
}

/** The path before the shell paths under which nodes speak to each other. */
const BASE = '/cluster'
/** Where nodes publish their addresses. */
const ADDRESSES = 'address/'
/** A claim under which no shell is found for so long is released: its shell has ended, or was never let in. */
const SWEEP_MS = 60_000
const CONNECT_MS = 5_000

/**
 * Shells in a cluster (design: server §3.6): each has one node, which claimed its id when it was first asked for, and any
 * node carries a client there. A node that died takes its claims with it when its lease ends: until then its shells
 * answer 503, afterwards their ids are free for new ones.
 */
export async function openShellCluster(options: ShellClusterOptions): Promise<ShellCluster> {
  const { directory, open, list, kill, rename, authorize, authenticate, origins, proxies, base, logger } = options
  const { recordings } = options
  const secret = await directory.secret()
  const guarded = slowGuesses(relayedPrincipals(secret), { clock: options.clock, logger })
  const routes = new ShellRoutes(options, secret)
  const access = { authenticate, origins, proxies, base }
  const own = { authenticate: guarded, base: BASE }
  const listing = { list, kill, rename, authorize, logger }
  const others = {
    remote: (principal: Principal) => routes.remote(principal),
    forward: (call: RestCall, shellId: string) => routes.forward(call, shellId),
  }
  const kept = recordings === undefined ? undefined : { recordings, authorize, logger }
  return {
    clients: tunnelShells((visit) => routes.routeOf(visit), { ...options, here: open(access) }),
    nodes: open(own),
    requests: [
      shellRequests({ ...access, ...listing, ...others }),
      shellRequests({ ...own, ...listing }),
      ...(kept === undefined
        ? []
        : [
            recordingRequests({ ...access, ...kept, remote: (of) => routes.recordingPeers(of) }),
            recordingRequests({ ...own, ...kept }),
          ]),
    ],
    remote: others.remote,
    close: () => routes.close(),
  }
}

class ShellRoutes {
  readonly #directory: Directory
  readonly #list: ShellClusterOptions['list']
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #authorize: AuthorizeShell
  readonly #rates: RateLimiter
  readonly #secret: string
  readonly #pods: boolean
  /** When each claim of this node was last known to be needed. */
  readonly #claims = new Map<string, number>()
  #sweeping: Timer

  constructor(
    {
      directory,
      url,
      list,
      authorize = ownerOnly,
      pods = false,
      clock = systemClock,
      logger = silentLogger,
    }: ShellClusterOptions,
    secret: string,
  ) {
    this.#directory = directory
    this.#list = list
    this.#clock = clock
    this.#logger = logger
    this.#authorize = authorize
    const { upgradeBurst: burst, upgradeEveryMs: everyMs } = SHELL_LIMITS
    this.#rates = new RateLimiter({ clock, burst, everyMs })
    this.#secret = secret
    this.#pods = pods
    directory.put(`${ADDRESSES}${directory.node}`, url)
    // Shells that were here before this process are claimed before they are asked for elsewhere.
    this.#sweeping = clock.after(0, () => this.#sweep())
  }

  /** Who has the shell that a client asks for. A command that runs once has no id and is run here. */
  async routeOf({ requested, principal }: ShellVisit): Promise<ShellPeer | undefined> {
    const holder =
      requested.kind === 'exec'
        ? await this.#holderOfPod(requested.target.pod)
        : await this.#holderFor(principal, requested.target)
    if (holder === undefined || holder.node === this.#directory.node) return undefined
    const url = new URL(this.#urlOf(holder.node))
    return { connect: () => dial(url), secret: this.#secret, base: BASE }
  }

  /** Who has the shell of a pod, by its id. Anything else is run here. */
  async #holderOfPod(pod: string): Promise<DirectoryEntry | undefined> {
    const shellId = this.#pods ? shellOfPod(pod) : undefined
    return shellId === undefined ? undefined : this.#asked(() => this.#directory.holder(keyOf(shellId)))
  }

  #urlOf(holder: string): string {
    const address = this.#directory.entries(`${ADDRESSES}${holder}`).find(({ node }) => node === holder)
    if (typeof address?.value === 'string') return address.value
    throw shellError('shell/peer_unreachable', 'The server that has this shell cannot be reached now.')
  }

  /**
   * Who has the shell, claimed for this node where none does. Each claim is a write that all nodes get: only for
   * those who may start shells, and no faster than they may. A principal that may only observe learns which node has it.
   */
  async #holderFor(principal: Principal, { shellId, sessionId }: ShellTarget): Promise<DirectoryEntry | undefined> {
    const subject = { shellId, sessionId, owner: principal.grant?.by }
    const { create, write, observe } = await permissionsOf(this.#authorize, principal, subject)
    if (!create && !write && !observe) throw shellError('shell/forbidden', 'This principal may not use shells.')
    const waitMs = this.#rates.take(principal.id)
    if (waitMs > 0) {
      throw shellError('shell/rate_limited', 'Too many connections in a short time.', { details: { waitMs } })
    }
    return create ? this.#claim(shellId) : this.#asked(() => this.#directory.holder(keyOf(shellId)))
  }

  /** What the other nodes have that a principal may see. */
  remote(principal: Principal): Promise<ShellList> {
    return remoteShells(principal, { urls: this.#others(), secret: this.#secret, clock: this.#clock })
  }

  /** The other nodes, asked for their recordings. */
  recordingPeers(principal: Principal): RecordingPeers {
    return { urls: this.#others(), headers: relayHeaders(this.#secret, principal), clock: this.#clock }
  }

  #others(): readonly string[] {
    const others = this.#directory.entries(ADDRESSES).filter(({ node }) => node !== this.#directory.node)
    return others.flatMap(({ value }) => (typeof value === 'string' ? [value.replace(/\/+$/, '') + BASE] : []))
  }

  /** What the node says that has a shell, asked for the principal of the request. */
  async forward(call: RestCall, shellId: string): Promise<RestAnswer | undefined> {
    const holder = await this.#asked(() => this.#directory.holder(keyOf(shellId)))
    if (holder === undefined || holder.node === this.#directory.node) return undefined
    const url = this.#urlOf(holder.node).replace(/\/+$/, '') + BASE
    return askPeer(call, shellId, { url, secret: this.#secret, clock: this.#clock })
  }

  close(): void {
    this.#sweeping.cancel()
    this.#directory.remove(`${ADDRESSES}${this.#directory.node}`)
    for (const shellId of this.#claims.keys()) this.#directory.remove(keyOf(shellId))
  }

  async #claim(shellId: string): Promise<DirectoryEntry> {
    const holder = await this.#asked(() => this.#directory.claim(keyOf(shellId), true))
    if (holder.node === this.#directory.node) this.#claims.set(shellId, this.#clock.now())
    return holder
  }

  async #asked<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask()
    } catch (cause) {
      throw shellError('shell/peer_unreachable', 'Which server has this shell cannot be known now.', { cause })
    }
  }

  async #sweep(): Promise<void> {
    try {
      await this.#tidy(await this.#list())
    } catch (error) {
      this.#logger.warn('claims of shells were not looked through', { error: String(error) })
    }
    this.#sweeping = this.#clock.after(SWEEP_MS, () => this.#sweep())
  }

  async #tidy(shells: readonly { readonly shellId: string }[]): Promise<void> {
    for (const { shellId } of shells) await this.#claim(shellId)
    const before = this.#clock.now() - SWEEP_MS
    for (const [shellId, at] of this.#claims) {
      if (at > before) continue
      this.#claims.delete(shellId)
      this.#directory.remove(keyOf(shellId))
    }
  }
}

function keyOf(shellId: string): string {
  return `shell/${shellId}`
}

function dial(url: URL): Promise<Duplex> {
  const isSecure = url.protocol === 'https:'
  const port = Number(url.port) || (isSecure ? 443 : 80)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  return new Promise((resolve, reject) => {
    const socket = isSecure ? connectSecure({ host, port, servername: host }) : connectPlain({ host, port })
    socket.setTimeout(CONNECT_MS, () => socket.destroy(new Error(`No connection within ${CONNECT_MS} ms.`)))
    socket.once('error', reject)
    socket.once(isSecure ? 'secureConnect' : 'connect', () => {
      socket.off('error', reject)
      resolve(socket)
    })
  })
}
