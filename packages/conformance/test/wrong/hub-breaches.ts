import type { Breach, Json, Link } from './middleman.ts'

/** A breach of one rule, and the rows that stand on the same rule. */
export interface RowBreach extends Breach {
  readonly entails?: readonly string[]
}

const isBack = ({ query }: Link): boolean => query.has('after')
const isObserver = ({ query }: Link): boolean => query.get('role') === 'observer'
const isController = ({ query }: Link): boolean => query.get('role') === 'controller'

function record(value: unknown): Json {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

/** Changes the offer of links that fit. */
function inOffer(fits: (link: Link) => boolean, change: (offer: Json) => Json): Breach {
  return {
    toClient: (frame, link) =>
      frame['type'] === 'init' && 'holdfast' in frame && fits(link)
        ? { ...frame, holdfast: change(record(frame['holdfast'])) }
        : frame,
  }
}

function inSender(change: (sender: Json) => Json): Breach {
  return inOffer(
    () => true,
    (offer) => ('sender' in offer ? { ...offer, sender: change(record(offer['sender'])) } : offer),
  )
}

/** Without a position, where it looks like this. */
function forgets(after: RegExp): Breach {
  return {
    query: (query) => {
      if (after.test(query.get('after') ?? '')) query.delete('after')
    },
  }
}

function without(frame: Json, ...names: readonly string[]): Json {
  return Object.fromEntries(Object.entries(frame).filter(([name]) => !names.includes(name)))
}

function ack(link: Link, frame: Json): undefined {
  link.toClient({ type: 'acked', ids: [frame['mid'] ?? frame['id']] })
}

function wasAnswered(all: readonly Link[], { session }: Link): boolean {
  return all.some((link) => link.session === session && link.memory.has('answered'))
}

/** The first text of each message of a link, by its id. */
function firstOf(link: Link, frame: Json): unknown {
  const key = `text ${String(frame['id'])}`
  const text = JSON.stringify(without(frame, 'n', 'done'))
  if (!link.memory.has(key)) link.memory.set(key, text)
  return link.memory.get(key) === text ? 'same' : 'other'
}

function isAgain(link: Link, frame: Json): boolean {
  const key = `again ${String(frame['id'])}`
  const known = link.memory.has(key)
  link.memory.set(key, true)
  return known
}

/** The highest number of a link so far. */
function highest(link: Link, { n }: Json): number {
  const before = Number(link.memory.get('n') ?? 0)
  link.memory.set('n', Math.max(before, Number(n)))
  return before
}

let fakes = 0
const isNumbered = ({ n }: Json): boolean => typeof n === 'number'

/** For each row, a server that breaks its rule. */
export const HUB_BREACHES: Readonly<Record<string, RowBreach>> = {
  'hub/not-asked': {
    toClient: (frame, { query }) =>
      query.has('resume') || frame['type'] !== 'broadcast' ? frame : { ...frame, anchor: 'a' },
  },
  'hub/offer': inOffer(
    ({ query }) => !query.has('v') && query.get('role') === 'observer',
    (offer) => ({ ...offer, v: '1' }),
  ),
  'hub/offer-v2': inOffer(
    ({ query }) => query.has('v') && query.get('role') === 'observer',
    (offer) => ({ ...offer, v: 3 }),
  ),
  'hub/limits': inOffer(
    () => true,
    (offer) => ({ ...offer, limits: { maxFrameBytes: '1 MiB' } }),
  ),
  'hub/limit-frame': { toServer: (frame) => (JSON.stringify(frame).length > 1_048_576 ? undefined : frame) },
  'hub/unknown-parameters': { toServer: (frame) => ('conformance' in frame ? undefined : frame) },
  'hub/auth-none': { query: (query) => query.delete('auth') },
  'hub/position-at-once': {
    query: (query, all) => {
      const known = all.some(({ memory }) => memory.get('start') === query.get('after'))
      if (known && query.get('role') === 'observer') query.delete('after')
    },
    toClient: (frame, link) => {
      const { epoch, seq, anchor = '' } = record(frame['holdfast'])
      if (frame['type'] === 'init') link.memory.set('start', `${epoch}.${seq}.${anchor}`)
      return frame
    },
  },
  'hub/resumed': inOffer(
    (link) => isBack(link) && isObserver(link),
    (offer) => (offer['resumed'] === true ? { ...offer, seq: Number(offer['seq']) + 1 } : offer),
  ),
  'hub/reset-epoch': forgets(/^conformance0epoch/),
  'hub/reset-ahead': forgets(/\.1000000\./),
  'hub/reset-anchor': {
    query: (query) => query.set('after', `${query.get('after') ?? ''}`.replace(/^([^.]*\.\d+\.).*$/, '$1')),
  },
  'hub/reset-unreadable': forgets(/^not a position$/),
  'hub/reset-state': {
    toClient: (frame, link) => (frame['type'] === 'session_hydration' && isBack(link) ? without(frame, 'seq') : frame),
  },
  'hub/stamps': { toClient: (frame, { query }) => (query.has('subscribe') ? frame : without(frame, 'prev')) },
  'hub/replay': {
    toClient: (frame, link) => {
      if (isBack(link) && record(frame['data'])['text'] === '3') link.toClient(frame)
      return frame
    },
  },
  'hub/live': {
    toClient: (frame, link) => {
      if (frame['type'] === 'live') link.toClient(frame)
      return frame
    },
  },
  'hub/filter-prev': {
    toClient: (frame) => (frame['prev'] === Number(frame['seq']) - 1 ? without(frame, 'prev') : frame),
  },
  'hub/filter-mark': { toClient: (frame) => (frame['type'] === 'mark' ? undefined : frame) },
  'hub/ack': {
    toServer: (frame, link) => {
      if (frame['type'] === 'ack') link.toClient({ type: 'protocol_error', code: 'unknown_type', message: 'ack' })
      return frame
    },
  },
  'hub/acked-id': {
    entails: ['hub/unknown-parameters', 'hub/id-once', 'hub/name-in-epoch', 'hub/answer-replayed'],
    toClient: (frame, link) =>
      frame['type'] === 'acked' && isController(link) && !link.query.has('v') ? undefined : frame,
  },
  'hub/acked-mid': {
    toClient: (frame) =>
      frame['type'] === 'acked' ? { ...frame, ids: [frame['ids']].flat().filter((id) => id !== 'entry-1') } : frame,
  },
  'hub/id-once': {
    toServer: (frame, link) => (isBack(link) && frame['id'] === 'own-1' ? { ...frame, id: 'own-1 as new' } : frame),
    toClient: (frame) =>
      frame['type'] === 'acked'
        ? { ...frame, ids: [frame['ids']].flat().map((id) => String(id).replace(' as new', '')) }
        : frame,
  },
  'hub/id-answer': {
    toServer: (frame, link) =>
      firstOf(link, frame) === 'same' && isAgain(link, frame) && !isNumbered(frame) && 'args' in frame
        ? ack(link, frame)
        : frame,
  },
  'hub/id-conflict': {
    toServer: (frame, link) => ('args' in frame && firstOf(link, frame) === 'other' ? ack(link, frame) : frame),
  },
  'hub/name-in-epoch': {
    query: (query, all) => {
      const [, place] = /^same(\..*)$/.exec(query.get('after') ?? '') ?? []
      const real = all.findLast((link) => link.session === query.get('sessionId') && link.memory.has('epoch'))
      if (place !== undefined && real !== undefined) query.set('after', `${real.memory.get('epoch')}${place}`)
    },
    toClient: (frame, link) => {
      if (frame['type'] !== 'init' || !isController(link)) return frame
      const offer = record(frame['holdfast'])
      link.memory.set('epoch', offer['epoch'])
      return { ...frame, holdfast: { ...offer, epoch: 'same' } }
    },
  },
  'hub/answer-replayed': {
    toClient: (frame, link) =>
      isBack(link) && 'actions' in frame && 'seq' in frame && !link.query.has('v') ? undefined : frame,
  },
  'hub/sender': inSender((sender) => without(sender, 'answersFrom')),
  'hub/sender-observer': inOffer(isObserver, (offer) => ({
    ...offer,
    sender: { known: false, highest: 0, answersFrom: 1 },
  })),
  'hub/sender-known': inSender((sender) => ({ ...sender, highest: 0 })),
  'hub/sender-instance': {
    query: (query) => {
      if (query.has('after') && !query.has('fresh') && query.has('instance')) query.set('instance', 'conformance_A')
    },
  },
  'hub/sender-not-fresh': { query: (query) => query.has('instance') && query.set('fresh', '1') },
  'hub/sender-fresh': inSender((sender) =>
    sender['known'] === true && sender['highest'] === 0 ? { ...sender, highest: 1 } : sender,
  ),
  'hub/number-once': {
    toServer: (frame, link, all) => {
      if (!isBack(link) || !isNumbered(frame) || wasAnswered(all, link)) return frame
      return { ...frame, n: Number(frame['n']) + 100, id: `${frame['id']} as new` }
    },
    toClient: (frame, link) => {
      if ('actions' in frame) link.memory.set('answered', true)
      if (frame['type'] !== 'acked') return frame
      return { ...frame, ids: [frame['ids']].flat().map((id) => String(id).replace(' as new', '')) }
    },
  },
  'hub/number-left-out': {
    toServer: (frame, link) => (isNumbered(frame) && Number(frame['n']) - highest(link, frame) > 2 ? undefined : frame),
  },
  'hub/number-late': {
    toServer: (frame, link) =>
      isNumbered(frame) && Number(frame['n']) < highest(link, frame) ? ack(link, frame) : frame,
  },
  'hub/number-not-passed-on': { toClient: (frame) => (frame['type'] === 'command' ? { ...frame, n: 1 } : frame) },
  'hub/number-answer': {
    toServer: (frame, link, all) =>
      isBack(link) && isNumbered(frame) && wasAnswered(all, link) ? ack(link, frame) : frame,
    toClient: (frame, link) => {
      if ('actions' in frame) link.memory.set('answered', true)
      return frame
    },
  },
  'hub/answer-instance': {
    toClient: (frame, link, all) => {
      const others = all.filter(
        (other) => other !== link && other.session === link.session && other.query.has('instance'),
      )
      if ('actions' in frame && others.length > 0)
        for (const other of others) other.toClient({ ...frame, copy: ++fakes })
      return frame
    },
  },
  'hub/question-again': { toClient: (frame) => without(frame, 'again') },
  'hub/question-over': {
    toClient: (frame, link) => (frame['type'] === 'rpc_ui_response' && isController(link) ? undefined : frame),
  },
  'hub/stream-offer': { body: (text) => text.replace('"holdfast":', '"other":') },
  'hub/stream-resume': {
    headers: (headers) => {
      delete headers['last-event-id']
    },
  },
}
