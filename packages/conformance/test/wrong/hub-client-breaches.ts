import type { Breach, Json, Link } from './middleman.ts'
import type { ClientBreach } from './wrong-client.ts'

function record(value: unknown): Json {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

const offerOf = (link: Link): Json => record(link.memory.get('offer'))
const senderOf = (link: Link): Json => record(offerOf(link)['sender'])
const isBack = ({ query }: Link): boolean => query.has('after')
const isCommand = ({ type }: Json): boolean => type === 'command'
const isNumbered = (frame: Json): boolean => isCommand(frame) && 'n' in frame

/** Once on a link, before the first command. */
function writesAgain(text: string, fits: (link: Link, all: readonly Link[]) => boolean): Breach {
  return {
    toServer: (frame, link, all) => {
      if (isCommand(frame) && fits(link, all) && !link.memory.has('again')) {
        link.memory.set('again', true)
        link.toServer({ ...frame, id: `${frame['id']}x`, args: text })
      }
      return frame
    },
  }
}

function changes(fits: (frame: Json, link: Link) => boolean, change: (frame: Json) => Json): Breach {
  return { toServer: (frame, link) => (fits(frame, link) ? change(frame) : frame) }
}

function without(frame: Json, name: string): Json {
  return Object.fromEntries(Object.entries(frame).filter(([key]) => key !== name))
}

/** For each row, a client that breaks its rule. */
export const HUB_CLIENT_BREACHES: Readonly<Record<string, ClientBreach>> = {
  'hub-client/asks': { query: (query) => query.delete('v') },
  'hub-client/credential': { query: (query) => query.set('api_key', 'conformance-credential') },
  'hub-client/instance': { query: (query) => query.set('instance', `${query.get('instance')}!`) },
  'hub-client/instance-new': { query: (query) => query.set('instance', 'conformance_same') },
  'hub-client/after-offer': {
    query: (query) => (query.get('after')?.endsWith('.7.anchor7') ? query.delete('after') : undefined),
  },
  'hub-client/after': {
    query: (query) =>
      query.has('after') && query.set('after', `${query.get('after')}`.replace('.2.anchor2', '.1.anchor1')),
  },
  'hub-client/ack': {
    toServer: (frame) => (frame['type'] === 'ack' && frame['seq'] === 3 ? undefined : frame),
  },
  'hub-client/duplicate': {
    says: (frame, link) => {
      const key = `seen ${frame['seq']}`
      const isAgain = frame['type'] === 'broadcast' && link.memory.has(key)
      link.memory.set(key, true)
      return isAgain ? { event: record(frame['data'])['text'] } : undefined
    },
  },
  'hub-client/hole': {
    toClient: (frame, link) => {
      const last = Number(link.memory.get('last') ?? Number.NaN)
      if (frame['type'] === 'broadcast') link.memory.set('last', frame['seq'])
      return Number(frame['seq']) > last + 1 && !('prev' in frame) ? { ...frame, prev: last } : frame
    },
  },
  'hub-client/prev': { toClient: (frame) => without(frame, 'prev') },
  'hub-client/gap': { said: (line) => ('gap' in line ? undefined : line) },
  'hub-client/stuck': { toClient: (frame) => (frame['type'] === 'mark' ? undefined : frame) },
  'hub-client/unknown': {
    toClient: (frame, link) => {
      if (frame['type'] === 'conformance_unknown') link.memory.set('deaf', true)
      return link.memory.has('deaf') ? undefined : frame
    },
  },
  'hub-client/not-offered': changes(
    (frame, link) => isCommand(frame) && link.memory.get('offer') === undefined,
    (frame) => ({ ...frame, n: 1 }),
  ),
  'hub-client/fresh': { query: (query) => query.set('fresh', '1') },
  'hub-client/numbers': changes(isNumbered, (frame) => ({ ...frame, n: Number(frame['n']) + 1 })),
  'hub-client/done': changes(isNumbered, (frame) => ({ ...frame, done: 0 })),
  'hub-client/no-numbers': changes(
    (frame, link) => isCommand(frame) && offerOf(link)['v'] === 1,
    (frame) => ({ ...frame, n: 1 }),
  ),
  'hub-client/again': changes(
    (frame, link) => isCommand(frame) && isBack(link) && offerOf(link)['v'] === 2,
    (frame) => ({ ...frame, id: `${frame['id']}x` }),
  ),
  'hub-client/again-v1': changes(
    (frame, link) => isCommand(frame) && isBack(link) && offerOf(link)['v'] === 1,
    (frame) => ({ ...frame, id: `${frame['id']}x` }),
  ),
  'hub-client/acked': writesAgain(
    'a',
    (link) => senderOf(link)['highest'] === 1 && senderOf(link)['answersFrom'] === 1,
  ),
  'hub-client/unknown-sender': writesAgain(
    'a',
    (link) => isBack(link) && offerOf(link)['resumed'] === true && senderOf(link)['known'] === false,
  ),
  'hub-client/number-used-once': changes(
    (frame, link) => isCommand(frame) && isBack(link) && senderOf(link)['known'] === false,
    (frame) => ({ ...frame, n: 1 }),
  ),
  'hub-client/no-sender': writesAgain(
    'a',
    (link, all) => isBack(link) && offerOf(link)['v'] === 1 && all.some((other) => offerOf(other)['v'] === 2),
  ),
  'hub-client/reset': writesAgain('a', (link) => isBack(link) && offerOf(link)['resumed'] === false),
  'hub-client/answers-from': {
    said: (line, links) => (links.some((link) => senderOf(link)['answersFrom'] === 2) ? undefined : line),
  },
  'hub-client/limit': { said: (line) => (String(line['send']).length > 1_000 ? undefined : line) },
  'hub-client/refused': {
    ...writesAgain('a', (link, all) => isBack(link) && all.some(({ memory }) => memory.has('refused'))),
    toClient: (frame, link) => {
      if (frame['type'] === 'protocol_error') link.memory.set('refused', true)
      return frame
    },
  },
}
