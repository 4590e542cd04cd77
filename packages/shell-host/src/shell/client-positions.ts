import { encodeConfirmation, type TerminalSize, type TerminalSizing } from '@holdfast/protocol/shell'
import type { AttachRequest } from '../client/attach-request.ts'
import { KnownWriters, type Lease } from '../client/known-writers.ts'
import type { OutputBeginning } from '../client/output-sender.ts'
import type { Role } from '../client/role.ts'
import type { ShellClient } from '../client/shell-client.ts'
import type { ShellClients } from '../client/shell-clients.ts'
import type { ShellLimits } from '../limits.ts'
import type { QueryRouter } from '../screen/query-router.ts'
import { isForgotten, type KnownClient, knownOutput, needsPicture } from './known-output.ts'
import { quietOutput } from './quiet-output.ts'
import { resumeOffer } from './resume-offer.ts'
import type { RingBuffer } from './ring-buffer.ts'
import { paintedFor, pictureIn } from './shown-picture.ts'

/** What {@link ClientPositions} needs of its shell. */
export interface ClientPositionsParts {
  readonly shellId: string
  readonly epoch: string
  readonly ring: RingBuffer
  readonly clients: ShellClients
  readonly queries: QueryRouter
  readonly limits: ShellLimits
  readonly sizing: TerminalSizing
  readonly size: () => TerminalSize
  /** It is known what its terminal shows. */
  readonly isTerminal: () => boolean
  /** The output was stopped with Ctrl+S. */
  readonly isStopped: () => boolean
  readonly newId: () => string
}

/** A client that is about to begin, and what of the output it has. */
export interface KnownPosition {
  readonly role: Role
  readonly lease: Lease
  /** `undefined` where it is unknown. */
  readonly has: number | undefined
}

/** What each client of a shell has of its output, and where it continues (shell §5). */
export class ClientPositions {
  readonly #parts: ClientPositionsParts
  readonly #leases = new KnownWriters()
  #wasAttached = false
  /** What the last writer without acknowledgements is known to have. */
  #lastReceived: number | undefined

  constructor(parts: ClientPositionsParts) {
    this.#parts = parts
  }

  /** A client has been attached. */
  get wasAttached(): boolean {
    return this.#wasAttached
  }

  /** Whether a picture stands for what such a client has not. */
  needsPicture(target: AttachRequest['target']): boolean {
    const role = target.observe === true ? 'observer' : 'writer'
    return needsPicture(target, knownOutput(target, this.#known(target.lease, role)), this.#parts.ring)
  }

  /** The lease of a client that attaches, and what it has; `clientId` is the lease that it asks for. */
  settle(target: AttachRequest['target'], clientId: string, role: Role): KnownPosition {
    const known = this.#known(clientId, role)
    this.#wasAttached = true
    const has = knownOutput(target, known)
    return { role, has, lease: this.#leases.of(isForgotten(target, known) ? this.#parts.newId() : clientId, role) }
  }

  /** The client's own idea of its lease wins. */
  adopt(client: ShellClient, leaseId: string, input: number): void {
    client.lease = this.#leases.adopt(client.lease, leaseId, client.role, input)
  }

  /** It writes from now on: its lease is remembered. */
  keep(client: ShellClient): void {
    this.#leases.keep(client.lease)
  }

  left(client: ShellClient): void {
    if (client.role === 'writer' && !client.extended) this.#lastReceived = client.confirmed
  }

  /** Where the output of a client begins: behind a picture, or where it stopped, or at the oldest that is kept. */
  begin(
    client: ShellClient,
    request: Pick<AttachRequest, 'target' | 'picture' | 'reconnected'> & { readonly has: number | undefined },
  ): OutputBeginning {
    const { ring, queries, shellId } = this.#parts
    const { target, reconnected, has } = request
    const picture = pictureIn(request, ring)
    const start = picture?.at ?? ring.replayFrom(has ?? 0)
    const knowsReplay = client.extended || target.screen !== undefined
    const isShown = !knowsReplay && reconnected && picture === undefined && this.#parts.isTerminal()
    const quiet = isShown ? quietOutput(ring, start) : undefined
    const out = quiet?.end ?? start
    // What stands for output is had when it has arrived, like the output itself.
    const had = picture === undefined ? start : (has ?? 0)
    const { lease } = client
    // What a returning client holds unconsumed still counts against its window.
    lease.consumed = lease.received === undefined ? out : Math.min(lease.consumed, out)
    lease.received = had
    const live = ring.end
    if (client.role === 'writer') {
      const received = picture === undefined ? (has ?? 0) : 0
      const isTerminal = target.screen !== 'none'
      queries.writerAttached({ received, live: knowsReplay ? live : out, isTerminal })
    }
    // Bytes that are no output of the program would be counted by who counts.
    const counts = (picture === undefined && quiet === undefined) || target.screen === 'frames'
    const screenBytes = target.screen === 'frames' ? picture?.bytes.length : undefined
    const holdfast = counts ? this.#offer(client, { out, live, screenBytes }) : undefined
    const bytesDropped = screenBytes === undefined ? Math.max(0, start - (has ?? start)) : 0
    return {
      out,
      had,
      confirmation: () => encodeConfirmation({ shellId, reconnected, bytesDropped, holdfast }),
      holes: knowsReplay ? [] : queries.answered,
      screen: quiet === undefined ? paintedFor(target, picture) : { channel: 'stdout', bytes: quiet.bytes },
    }
  }

  #offer(
    { role, lease }: ShellClient,
    { out, live, screenBytes }: { out: number; live: number; screenBytes: number | undefined },
  ): ReturnType<typeof resumeOffer> {
    const { epoch, sizing, size, limits, isStopped } = this.#parts
    const stopped = isStopped() ? true : undefined
    const screen = screenBytes === undefined ? {} : { screen: { bytes: screenBytes } }
    const stands = { epoch, role, out, live, in: lease.accepted, lease: lease.id, sizing, stopped, ...screen }
    return resumeOffer(stands, size(), limits)
  }

  #known(lease: string | undefined, role: Role): KnownClient {
    const { clients, epoch, ring } = this.#parts
    const received = [this.#lastReceived, clients.confirmedWithoutLease].filter((offset) => offset !== undefined)
    return {
      ...{ epoch, ring, role, isFirst: !this.#wasAttached },
      lease: lease === undefined ? undefined : this.#leases.find(lease),
      lastReceived: received.length === 0 ? undefined : Math.max(...received),
    }
  }
}
