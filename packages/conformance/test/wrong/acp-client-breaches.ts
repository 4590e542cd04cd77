import type { Breach, Json, Link } from './middleman.ts'
import type { ClientBreach } from './wrong-client.ts'

const CLIENT_TOKEN = 'conformance-credential'

function record(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}

function without(value: Json, ...names: readonly string[]): Json {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)))
}

function messageOf(frame: Json): Json {
  return frame['type'] === 'message' ? record(frame['message']) : frame
}

function within(frame: Json, change: (message: Json) => Json): Json {
  return { ...frame, message: change(record(frame['message'])) }
}

const askedIn = (frame: Json): Json => record(record(record(messageOf(frame)['params'])['_meta'])['holdfast'])
const isInitialize = (frame: Json): boolean => messageOf(frame)['method'] === 'initialize'
const isAnswer = (frame: Json): boolean => 'id' in messageOf(frame) && !('method' in messageOf(frame))
const isEnd = (frame: Json): boolean => isAnswer(frame) && 'stopReason' in record(messageOf(frame)['result'])
const fromOf = (frame: Json): Json => record(frame['from'])
const isBack = (link: Link): boolean => link.memory.has('epoch')
const offerOf = (link: Link): Json => record(link.memory.get('acp offer'))
const isResumed = (link: Link): boolean => isBack(link) && offerOf(link)['resumed'] === true
const isForgotten = (link: Link): boolean => isBack(link) && offerOf(link)['resumed'] === false

function textIn(frame: Json): unknown {
  const { update } = record(messageOf(frame)['params'])
  return record(record(update)['content'])['text']
}

function promptIn(frame: Json): unknown {
  const { prompt } = record(messageOf(frame)['params'])
  return Array.isArray(prompt) ? record(prompt[0])['text'] : undefined
}

/** Remembers what a link is. */
function seen(frame: Json, link: Link): void {
  const { epoch } = askedIn(frame)
  if (isInitialize(frame) && epoch !== undefined) link.memory.set('epoch', epoch)
  const offer = record(record(record(frame['result'])['_meta'])['holdfast'])
  if ('epoch' in offer) link.memory.set('acp offer', offer)
  if ('result' in frame && !('epoch' in offer)) link.memory.set('plain', true)
  if (frame['type'] === 'ack') link.memory.set('acked', true)
}

type Change = NonNullable<Breach['toServer']>

function withSeen(change: Change): Change {
  return (frame, link, all) => {
    seen(frame, link)
    return change(frame, link, all)
  }
}

/** Changes what the client sends, and what it receives. */
function breach(toServer: Change, toClient: Change = (frame) => frame): Breach {
  return { toServer: withSeen(toServer), toClient: withSeen(toClient) }
}

function inAsked(fits: (asked: Json) => boolean, change: (asked: Json) => Json): Breach {
  return breach((frame) => {
    const asked = askedIn(frame)
    if (!isInitialize(frame) || !fits(asked)) return frame
    return { ...frame, params: { ...record(frame['params']), _meta: { holdfast: change(asked) } } }
  })
}

function changes(
  fits: (frame: Json, link: Link, all: readonly Link[]) => boolean,
  change: (frame: Json) => Json,
): Breach {
  return breach((frame, link, all) => (frame['type'] === 'message' && fits(frame, link, all) ? change(frame) : frame))
}

const anotherId = (frame: Json): Json => within(frame, (message) => ({ ...message, id: `${message['id']}x` }))
const declined = (frame: Json): Json =>
  within(frame, (message) => ({ ...message, result: { outcome: { outcome: 'cancelled' } } }))
const wasAcked = (all: readonly Link[]): boolean => all.some(({ memory }) => memory.has('acked'))

/** Whether this was so on another link, and is remembered of this one. */
function wasOnAnother(key: string, link: Link, all: readonly Link[]): boolean {
  link.memory.set(key, true)
  return all.some((other) => other !== link && other.memory.has(key))
}

/** For each row, a client that breaks its rule. */
export const ACP_CLIENT_BREACHES: Readonly<Record<string, ClientBreach>> = {
  'acp-client/asks': inAsked(
    () => true,
    (asked) => ({ ...asked, v: 2 }),
  ),
  'acp-client/credential': { query: (query) => query.set('token', CLIENT_TOKEN) },
  'acp-client/client': inAsked(
    (asked) => 'epoch' in asked,
    (asked) => ({ ...asked, client: 'other' }),
  ),
  'acp-client/client-new': inAsked(
    () => true,
    (asked) => ({ ...asked, client: 'same' }),
  ),
  'acp-client/not-offered': breach((frame, link) => {
    if (link.memory.has('plain') && promptIn(frame) !== undefined) link.toServer({ type: 'ack', through: 1 })
    return frame
  }),
  'acp-client/frames': changes(
    (frame, link) => promptIn(frame) === 'b' && !isBack(link),
    (frame) => ({ ...frame, n: 1 }),
  ),
  'acp-client/pong': breach((frame) => (frame['type'] === 'pong' ? without(frame, 'through') : frame)),
  'acp-client/ack': breach((frame) => (frame['type'] === 'ack' ? undefined : frame)),
  'acp-client/after': inAsked(
    ({ after }) => after === 3,
    (asked) => ({ ...asked, after: 2 }),
  ),
  'acp-client/positions': inAsked(
    ({ positions }) => JSON.stringify(positions ?? []).includes(':8'),
    (asked) => ({ ...asked, positions: JSON.parse(JSON.stringify(asked['positions']).replace(':8', ':9')) }),
  ),
  'acp-client/position-made': inAsked(
    ({ positions }) => JSON.stringify(positions ?? []).includes('"seq":0'),
    (asked) => ({ ...asked, positions: [] }),
  ),
  'acp-client/duplicate': {
    says: (frame, link) => {
      if (textIn(frame) === undefined) return undefined
      const key = `seen ${String(frame['n'])}`
      const isAgain = link.memory.has(key)
      link.memory.set(key, true)
      return isAgain ? { event: textIn(frame) } : undefined
    },
  },
  'acp-client/missing': breach(
    (frame) => frame,
    (frame, link) => {
      if (typeof frame['n'] !== 'number' || isBack(link)) return frame
      const n = Math.min(frame['n'], Number(link.memory.get('last') ?? 0) + 1)
      link.memory.set('last', n)
      return { ...frame, n }
    },
  ),
  'acp-client/forgotten': {
    ...breach((frame) => frame),
    says: (frame, link) =>
      frame['n'] === 1 && fromOf(frame)['seq'] === 2 && isBack(link) ? { event: textIn(frame) } : undefined,
  },
  'acp-client/forgotten-parts': breach(
    (frame) => frame,
    (frame) => (fromOf(frame)['part'] === 2 ? { ...frame, from: { ...fromOf(frame), part: 1 } } : frame),
  ),
  'acp-client/forgotten-after': inAsked(
    ({ epoch }) => epoch === 'conformance-elsewhere',
    (asked) => ({ ...asked, after: 2 }),
  ),
  'acp-client/gap': { said: (line) => ('gap' in line ? undefined : line) },
  'acp-client/too-far-behind': {
    ...breach((frame, _link, all) => (all.some(({ memory }) => memory.has('4408')) ? undefined : frame)),
    close: (code, link) => {
      if (code === 4408) link.memory.set('4408', true)
      return code
    },
  },
  'acp-client/unknown': breach(
    (frame) => frame,
    (frame, link) => {
      if (frame['type'] === 'conformance_unknown') link.memory.set('deaf', true)
      return link.memory.has('deaf') ? undefined : frame
    },
  ),
  'acp-client/answered': { said: (line) => (line['send'] === 'hello' ? undefined : line) },
  'acp-client/again': changes(
    (frame, link, all) => promptIn(frame) === 'a' && isResumed(link) && !wasAcked(all),
    anotherId,
  ),
  'acp-client/again-acknowledged': changes(
    (frame, link, all) => promptIn(frame) === 'a' && isResumed(link) && wasAcked(all),
    anotherId,
  ),
  'acp-client/not-again': breach((frame, link) => {
    if (promptIn(frame) === 'b' && isResumed(link)) {
      link.toServer(within(frame, (message) => ({ ...message, params: { prompt: [{ type: 'text', text: 'a' }] } })))
    }
    return frame
  }),
  'acp-client/answered-once': {
    says: (frame, link, all) =>
      isEnd(frame) && wasOnAnother(`end ${messageOf(frame)['id']}`, link, all)
        ? { send: 'a', outcome: 'answered' }
        : undefined,
  },
  'acp-client/forgotten-again': changes(
    (frame, link) => promptIn(frame) === 'a' && isForgotten(link),
    (frame) => ({ ...frame, n: Number(frame['n']) + 1 }),
  ),
  'acp-client/question': changes((frame, link) => isAnswer(frame) && !isBack(link), declined),
  'acp-client/answer-again': breach((frame, link, all) =>
    isAnswer(frame) && wasOnAnother(`answer ${messageOf(frame)['id']}`, link, all) ? undefined : frame,
  ),
  'acp-client/answer-not-again': breach((frame, link, all) => {
    if (isAnswer(frame)) link.memory.set('answer', frame)
    const before = all.find(({ memory }) => memory.has('answer'))?.memory.get('answer')
    if (promptIn(frame) === 'c' && before !== undefined) link.toServer(record(before))
    return frame
  }),
  'acp-client/question-later': changes(
    (frame, link, all) => isAnswer(frame) && !wasOnAnother('answer', link, all) && isBack(link),
    declined,
  ),
  'acp-client/limit': { said: (line) => (String(line['send']).length > 1_000 ? undefined : line) },
}
