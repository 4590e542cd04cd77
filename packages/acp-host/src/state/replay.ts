import { isObject } from '@holdfast/contract/shape'
import type { SessionLog } from '@holdfast/log'
import type { Attachment } from '../session/attachments.ts'
import { AcpState } from './acp-state.ts'
import type { Told } from './told.ts'

/** A message that was told, and by which record. */
interface ToldAt {
  readonly told: Told
  readonly n: number
  readonly part: number
}

/** What is told again. */
export interface ReplayRange {
  readonly log: SessionLog
  readonly session: string
  /** The client has what is up to here; 0: nothing. */
  readonly after: number
  readonly upTo: number
  /** Records behind `after` are gone. */
  readonly gone?: (() => void) | undefined
}

/** Everything that a log tells, up to a record; with the state at the end. */
async function* toldIn({ log, session, upTo, ...range }: ReplayRange): AsyncGenerator<ToldAt, AcpState> {
  const state = new AcpState()
  for (let after = 0; after < upTo; ) {
    const page = await log.read(session, { after })
    if (page.gap !== undefined && page.gap.to > range.after && range.after > 0) range.gone?.()
    for (const event of page.events) {
      if (event.n > upTo) break
      const { n, told } = state.apply(event)
      for (const [part, one] of told.entries()) yield { told: one, n, part }
    }
    const last = page.events.at(-1)?.n ?? page.gap?.to ?? upTo
    after = Math.max(last, after + 1)
  }
  return state
}

/** Tells a client the whole conversation, as it was shown: streamed text in one piece a message, without questions. */
export async function tellConversation(range: ReplayRange, to: Attachment): Promise<void> {
  let held: ToldAt | undefined
  for await (const one of toldIn(range)) {
    const { told } = one
    if (one.n <= range.after || told.to === 'writer' || told.to === 'noticed' || told.to === 'askable') continue
    if (told.message.over !== undefined) continue
    const joined = held === undefined ? undefined : joinedTold(held, one)
    if (joined === undefined && held !== undefined) {
      to.tell(held.told, held.n, held.part)
      await to.ready?.()
    }
    held = joined ?? one
  }
  if (held !== undefined) to.tell(held.told, held.n, held.part)
}

/** Tells a client what it has missed, message by message, as if it had been here. */
export async function tellMissed(range: ReplayRange, to: Attachment): Promise<void> {
  const all: ToldAt[] = []
  const over = new Map<number, ToldAt>()
  for await (const one of toldIn(range)) {
    if (one.told.message.over !== undefined) over.set(one.told.message.over, one)
    if (one.n > range.after) all.push(one)
  }
  for (const { told, n, part } of all) {
    const { question, over: ended } = told.message
    if (told.to === 'writer' || (told.to === 'noticed' && !to.isNoticed)) continue
    if (told.to === 'others' && told.about?.client === to.client) continue
    if (told.to === 'askable' && (!to.mayControl || (question !== undefined && over.has(question)))) continue
    // What was asked and answered in between was never seen.
    if (ended !== undefined && (ended > range.after || !to.mayControl)) continue
    to.tell(told, n, part)
    await to.ready?.()
  }
}

const TEXT_CHUNKS: ReadonlySet<unknown> = new Set(['agent_message_chunk', 'agent_thought_chunk', 'user_message_chunk'])
/** A joined text is cut there. */
const MAX_JOINED_CHARS = 262_144

/** Two chunks of the same text as one; `undefined` where they are not, or say more than text. */
function joinedTold(a: ToldAt, b: ToldAt): ToldAt | undefined {
  const first = plainChunk(a.told)
  const second = plainChunk(b.told)
  if (first === undefined || second === undefined) return undefined
  if (first.kind !== second.kind || first.messageId !== second.messageId) return undefined
  if (first.text.length + second.text.length > MAX_JOINED_CHARS) return undefined
  const update = { ...second.update, content: { type: 'text', text: first.text + second.text } }
  const message = { ...b.told.message, params: { ...b.told.message.params, update } }
  return { told: { ...b.told, message }, n: b.n, part: b.part }
}

interface PlainChunk {
  readonly kind: unknown
  readonly messageId: unknown
  readonly text: string
  readonly update: Readonly<Record<string, unknown>>
}

function plainChunk({ message }: Told): PlainChunk | undefined {
  const { update } = message.params
  if (message.method !== 'session/update' || !isObject(update) || message.params['_meta'] !== undefined)
    return undefined
  const { sessionUpdate: kind, content, messageId, ...others } = update
  if (!TEXT_CHUNKS.has(kind) || !isObject(content) || Object.keys(others).length > 0) return undefined
  const { type, text, ...rest } = content
  if (type !== 'text' || typeof text !== 'string' || Object.keys(rest).length > 0) return undefined
  return { kind, messageId, text, update }
}
