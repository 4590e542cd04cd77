import type { ResumeOffer, ShellConfirmation, TerminalSize } from '@holdfast/protocol/shell'
import type { ShellCheckpoint } from './checkpoint.ts'
import type { ShellReady } from './handshake.ts'
import type { ShellInputStream } from './input.ts'
import type { ShellOutputStream } from './output.ts'
import type { SessionEvents } from './session-events.ts'

/** Which shell a session is attached to, and as what. What it finds decides over input under way. */
export class Attachment {
  shellId: string
  sessionId: string
  /** The last one. */
  confirmation: ShellConfirmation | undefined
  lease: string | undefined
  size: TerminalSize | undefined
  role: 'writer' | 'observer' = 'writer'
  /** How often a server has confirmed. */
  attaches = 0
  /** The last attach was to come back to a shell. */
  isReturn = false
  readonly #checkpoint: ShellCheckpoint | undefined
  readonly #input: ShellInputStream
  readonly #output: ShellOutputStream
  readonly #host: { readonly events: SessionEvents }

  constructor(
    ids: {
      readonly shellId: string
      readonly sessionId: string
      readonly checkpoint: ShellCheckpoint | undefined
    },
    input: ShellInputStream,
    output: ShellOutputStream,
    host: { readonly events: SessionEvents },
  ) {
    this.shellId = ids.shellId
    this.sessionId = ids.sessionId
    this.lease = ids.checkpoint?.lease
    this.#checkpoint = ids.checkpoint
    this.#input = input
    this.#output = output
    this.#host = host
  }

  /** What the server said of resuming; `undefined` where it has no offsets. */
  get offer(): ResumeOffer | undefined {
    return this.confirmation?.holdfast
  }

  /** The last attach found the shell running. */
  get reconnected(): boolean {
    return this.confirmation?.reconnected ?? false
  }

  /** In the handshake: what the server has decides what is kept, rejected, skipped or missing. */
  confirmed({ confirmation, sessionId }: ShellReady): void {
    const isReturn = this.attaches > 0 || this.#checkpoint !== undefined
    this.isReturn = isReturn
    this.attaches += 1
    this.shellId = confirmation.shellId
    if (sessionId !== undefined) this.sessionId = sessionId
    this.confirmation = confirmation
    const { bytesDropped, reconnected, holdfast } = confirmation
    if (holdfast !== undefined) return this.#resume(holdfast)
    if (isReturn && !reconnected) this.#input.reject()
    this.#output.attachForeign({ bytesDropped, isReturn, reconnected })
  }

  setRole(role: 'writer' | 'observer'): void {
    if (role === this.role) return
    this.role = role
    this.#host.events.emit('role', { role })
  }

  #resume(offer: ResumeOffer): void {
    const isNewShell = this.#output.attach(offer)
    if (isNewShell) this.#input.reject()
    else if (this.lease !== undefined && this.lease !== offer.lease) this.#input.doubt()
    else if (this.attaches === 1 && this.#checkpoint !== undefined) {
      this.#input.missed(this.#checkpoint.sent - offer.in)
    }
    if (offer.role === 'observer') this.#input.refuse(offer.in)
    this.lease = offer.lease
    this.size = offer.size
    this.setRole(offer.role)
  }
}
