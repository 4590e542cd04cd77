import { hash } from 'node:crypto'
import type { AppendResult, SenderMark, WriteStream } from '@holdfast/log'
import { hubMessageId, isGivenHubId, readHubNumber } from '@holdfast/protocol/hub'
import { RecordPages } from '../delivery/record-pages.ts'
import { asHubError, type HubError, refusalOf } from '../errors.ts'
import type { Origin } from '../session/router.ts'
import type { HubRecord } from '../state/records.ts'
import type { MessageHost, Protest } from './connection-parts.ts'
import type { InboundFlow } from './inbound-flow.ts'

/** What an effect of a message is about. */
export interface Effect {
  readonly message: object
  readonly frame: string
  readonly append: (origin: Origin & { readonly fp: string }) => Promise<AppendResult> | undefined
  /** It is in the log, now or before; at `n`, where the log knows. */
  readonly done?:
    | ((isDuplicate: boolean, n: number | undefined, sender: SenderMark | undefined) => Promise<void>)
    | undefined
  /** It is not in the log, and would not be at another time. */
  readonly refused?: ((error: HubError) => void) | undefined
  /** Parts the ids of answers from those of other messages. */
  readonly idSpace?: string | undefined
}

type Duplicate = Extract<AppendResult, { readonly outcome: 'duplicate' }>

/** An effect on its way to the log. */
interface Written extends Pick<Effect, 'message' | 'done' | 'refused'> {
  readonly fp: string
  readonly sender: SenderMark | undefined
}

/** The write path of one connection into its session's log: in order, once, and acknowledged when it is written (hub §11). */
export class CommitPipeline {
  readonly #host: MessageHost
  readonly #flow: InboundFlow
  readonly #protest: Protest
  /** Ids of messages whose effect is in the log, acknowledged together, in one write with their other effects. */
  #acked: string[] = []
  /** After a message that did not get into the log, none behind it does before it was sent again. */
  readonly #stream: WriteStream = { hasStopped: false }
  /** What duplicates are compared with, since the last new message. */
  #originals: RecordPages | undefined
  #settling: Promise<void> = Promise.resolve()

  constructor(host: MessageHost, flow: InboundFlow, protest: Protest) {
    this.#host = host
    this.#flow = flow
    this.#protest = protest
  }

  /** Brings a message's effect into the log; then, and only then, it is acknowledged. */
  run(effect: Effect): void {
    const { message, frame, done, refused, idSpace = 'm' } = effect
    // What waits for the log holds the message, and not its text beside it.
    const size = frame.length
    const { resumes, context } = this.#host.parts
    const id = hubMessageId(message)
    if (id !== undefined && id.length > context.limits.maxIdLength) {
      return this.#protest('invalid_message', `id: at most ${context.limits.maxIdLength} characters`)
    }
    const { instance, scope } = this.#host
    const sender = this.#numbered(message)
    const fp = fingerprint(withoutNumber(frame, sender))
    // What another process says again has another number, and the id that its application gave it.
    const isKeyed = resumes && id !== undefined && (sender === undefined || !isGivenHubId(id))
    const key = isKeyed ? `${instance} ${idSpace} ${id}` : undefined
    const fence = this.#host.parts.role === 'lead' ? this.#host.fence : undefined
    const appended = effect.append({
      scope,
      key,
      keyScope: instance,
      sender,
      fence,
      fp,
      writeStream: this.#stream,
      bytes: size,
    })
    if (appended === undefined) return this.#protest('unknown_request', 'No request waits for this answer.', id)
    this.#flow.started(size)
    this.#settling = this.#settle({ message, done, refused, fp, sender }, appended, this.#settling, size)
  }

  /** Never rejects. */
  async #settle(written: Written, appended: Promise<AppendResult>, before: Promise<void>, size: number): Promise<void> {
    try {
      const result = await appended
      // A duplicate takes a look at the log: what came after it waits, so that acknowledgements keep their order.
      await before
      if (result.outcome === 'duplicate') await this.#compareWithOriginal(written, result)
      else this.#settled(written, result)
    } catch (error) {
      this.#failed(asHubError(error), written.message)
    } finally {
      this.#flow.finished(size)
    }
  }

  /** Whose number a message carries, where its client knows that numbers are understood. */
  #numbered(message: object): SenderMark | undefined {
    const id = this.#host.parts.sender
    const number = id === undefined ? undefined : readHubNumber(message)
    return id === undefined || number === undefined ? undefined : { id, ...number }
  }

  /** It is there already: acknowledged, where it is the same message. */
  async #compareWithOriginal(written: Written, result: Duplicate): Promise<void> {
    const { message, fp, sender } = written
    const original = result.first === undefined ? undefined : await this.#originalAt(result.first)
    if (original?.fp !== undefined && original.fp !== fp && original.fp !== fingerprintOfBefore(message, sender)) {
      return this.#protest('id_reused', 'This id was used for another message.', hubMessageId(message))
    }
    this.#isThere(written, true, result.first)
  }

  #settled(written: Written, result: Exclude<AppendResult, Duplicate>): void {
    const refusal = result.outcome === 'appended' ? undefined : refusalOf(result)
    if (refusal?.code === 'hub/too_large') written.refused?.(refusal)
    if (refusal !== undefined) return this.#failed(refusal, written.message)
    this.#originals = undefined
    this.#isThere(written, false, 'first' in result ? result.first : undefined)
  }

  #isThere({ message, done, sender }: Written, isDuplicate: boolean, n: number | undefined): void {
    this.ack(message)
    // Not awaited: a decision may take a while.
    done?.(isDuplicate, n, sender).catch((error: unknown) => this.#failed(asHubError(error), message))
  }

  #failed(error: HubError, message: object): void {
    if (error.code === 'hub/too_large' || error.code === 'hub/bad_request') {
      return this.#protest(
        error.code === 'hub/too_large' ? 'too_large' : 'invalid_message',
        error.message,
        hubMessageId(message),
      )
    }
    // What was not acknowledged is sent again, in order, on the next connection.
    this.#host.refuse(error)
  }

  /** Says that a message had its effect, to a client that asked for it. */
  ack(message: object): void {
    const id = this.#host.parts.resumes ? hubMessageId(message) : undefined
    if (id === undefined) return
    this.#acked.push(id)
    if (this.#acked.length === 1) process.nextTick(() => this.flushAcks())
  }

  /** Sends now what would be sent at the end of the turn. */
  flushAcks(): void {
    const ids = this.#acked
    if (ids.length === 0) return
    this.#acked = []
    this.#host.send({ type: 'acked', ids })
  }

  #originalAt(n: number): Promise<HubRecord | undefined> {
    const { context, session } = this.#host.parts
    this.#originals ??= new RecordPages(context.log, session.sessionId)
    return this.#originals.at(n)
  }
}

const DONE = ',"done":'

function fingerprint(text: string): string {
  return hash('sha1', text, 'base64').slice(0, 16)
}

/** What a message says, whichever number it came under. */
function withoutNumber(frame: string, sender: SenderMark | undefined): string {
  if (sender === undefined) return frame
  const number = `,"n":${sender.n}${DONE}${sender.done}`
  const at = frame.lastIndexOf(number)
  return at < 0 ? withoutDone(frame, sender) : frame.slice(0, at) + frame.slice(at + number.length)
}

/** As fingerprints were made before: of the frame as it was first written, its number in it. */
function fingerprintOfBefore(message: object, sender: SenderMark | undefined): string {
  return fingerprint(withoutDone(JSON.stringify(message), sender))
}

/** The frame but for how far its client was done, which may have changed since it was first written. */
function withoutDone(frame: string, sender: SenderMark | undefined): string {
  const at = sender === undefined ? -1 : frame.lastIndexOf(`${DONE}${sender.done}`)
  return at < 0 || sender === undefined
    ? frame
    : frame.slice(0, at) + frame.slice(at + DONE.length + `${sender.done}`.length)
}
