import type { Asked, Breach, Json, Link } from './middleman.ts'

function record(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}

/** The JSON-RPC message of a frame, or of one that is in no frame. */
function messageOf(frame: Json): Json {
  return frame['type'] === 'message' ? record(frame['message']) : frame
}

function within(frame: Json, change: (message: Json) => Json): Json {
  return frame['type'] === 'message' ? { ...frame, message: change(record(frame['message'])) } : change(frame)
}

function without(value: Json, ...names: readonly string[]): Json {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)))
}

const methodOf = (frame: Json): unknown => messageOf(frame)['method']
const askedOf = (frame: Json): Json => record(record(record(messageOf(frame)['params'])['_meta'])['holdfast'])
const isAnswer = (frame: Json): boolean => 'id' in messageOf(frame) && !('method' in messageOf(frame))
const isInitialized = (frame: Json): boolean => isAnswer(frame) && frame['id'] === 'initialize'
const isChunk = (frame: Json): boolean => JSON.stringify(frame).includes('agent_message_chunk')
const textIn = (frame: Json): unknown =>
  record(record(record(record(messageOf(frame)['params'])['update']))['content'])['text']
const isQuestion = (frame: Json): boolean => methodOf(frame) === 'session/request_permission'

/** Remembers of a link what its client said in `initialize`. */
function seen(frame: Json, link: Link): void {
  if (methodOf(frame) === 'initialize' && !link.memory.has('asked')) link.memory.set('asked', askedOf(frame))
  if (methodOf(frame) === 'session/prompt') link.memory.set('prompted', true)
}

const askedBy = (link: Link): Json => record(link.memory.get('asked'))
const isPlain = (link: Link): boolean => !('client' in askedBy(link))
const isBack = (link: Link): boolean => 'epoch' in askedBy(link)
const isElsewhere = (link: Link): boolean => askedBy(link)['epoch'] === 'conformance-elsewhere'
const isSame = (link: Link): boolean => isBack(link) && !isElsewhere(link)

/** Keeps back, or changes, what goes to the client. */
function toClient(change: NonNullable<Breach['toClient']>): Breach {
  return { toClient: change, toServer: withSeen((frame) => frame) }
}

/** Keeps back, or changes, what goes to the server. */
function toServer(change: NonNullable<Breach['toServer']>): Breach {
  return { toServer: withSeen(change) }
}

function withSeen(change: NonNullable<Breach['toServer']>): NonNullable<Breach['toServer']> {
  return (frame, link, all) => {
    seen(frame, link)
    return change(frame, link, all)
  }
}

function inOffer(fits: (link: Link) => boolean, change: (offer: Json) => Json): Breach {
  return toClient((frame, link) => {
    if (!isInitialized(frame) || !fits(link)) return frame
    const result = record(frame['result'])
    const meta = record(result['_meta'])
    return { ...frame, result: { ...result, _meta: { ...meta, holdfast: change(record(meta['holdfast'])) } } }
  })
}

/** Changes what a client says of itself when it comes back. */
function inAsked(fits: (link: Link) => boolean, change: (asked: Json) => Json): Breach {
  return toServer((frame, link) => {
    if (methodOf(frame) !== 'initialize' || !fits(link)) return frame
    const params = record(frame['params'])
    return { ...frame, params: { ...params, _meta: { holdfast: change(askedOf(frame)) } } }
  })
}

/** A server that does a prompt again: it comes to it under the next number, as everything behind it does. */
function promptedAgain(fits: (link: Link) => boolean): Breach {
  return toServer((frame, link, all) => {
    const { n } = frame
    if (typeof n !== 'number') return frame
    const isOfClient = (other: Link): boolean => askedBy(other)['client'] === askedBy(link)['client']
    const isKnown = all.some((other) => isOfClient(other) && other.memory.has(`n ${n}`))
    link.memory.set(`n ${n}`, true)
    const isAgain = isKnown && fits(link) && methodOf(frame) === 'session/prompt'
    const shift = Number(link.memory.get('shift') ?? 0) + (isAgain ? 1 : 0)
    link.memory.set('shift', shift)
    const shifted = { ...frame, n: n + shift }
    return isAgain ? within(shifted, (message) => ({ ...message, id: 'again' })) : shifted
  })
}

/** The status of one kind of request. */
function status(fits: (asked: Asked) => boolean, from: number, to: number): Breach {
  return { status: (given, asked) => (fits(asked) && given === from ? to : given) }
}

const isPost = ({ method }: Asked): boolean => method === 'POST'
const isGet = ({ method }: Asked): boolean => method === 'GET'
const isInitialize = ({ text }: Asked): boolean => text.includes('"initialize"')

/** A breach of one rule, and the rows that stand on the same rule. */
export interface AcpBreach extends Breach {
  readonly entails?: readonly string[]
}

/** For each row, a server that breaks its rule. */
export const ACP_BREACHES: Readonly<Record<string, AcpBreach>> = {
  'acp/ws-connection-id': {
    answers: (headers, { method }) => {
      if (method === 'UPGRADE') delete headers['acp-connection-id']
    },
  },
  'acp/ws-first': toServer((frame, link) =>
    link.memory.has('asked') || frame['type'] === 'auth' || methodOf(frame) === 'initialize' ? frame : undefined,
  ),
  'acp/ws-second-initialize': toServer((frame, link) => {
    if (frame['id'] !== 'again') return frame
    link.toClient({ jsonrpc: '2.0', id: 'again', result: {} })
    return undefined
  }),
  'acp/ws-batch': toServer((frame) => (String(frame['(as it is)']).startsWith('[') ? undefined : frame)),
  'acp/ws-not-json': toServer((frame) => (frame['(as it is)'] === '{"jsonrpc":' ? undefined : frame)),
  'acp/ws-ids': toServer((frame) => (frame['id'] === 0 ? undefined : frame)),
  'acp/ws-long-id': toServer((frame) => (String(frame['id']).length > 1_024 ? undefined : frame)),
  'acp/ws-prompt': toClient((frame, link) => (isPlain(link) && isChunk(frame) ? undefined : frame)),
  'acp/ws-cancel': toServer((frame, link) =>
    isPlain(link) && methodOf(frame) === 'session/cancel' ? undefined : frame,
  ),
  'acp/not-asked': toClient((frame, link) => {
    if (isInitialized(frame) && isPlain(link)) link.toClient({ type: 'ping' })
    return frame
  }),
  'acp/offer': inOffer(
    (link) => !isBack(link) && !isPlain(link),
    (offer) => ({ ...offer, v: 2 }),
  ),
  'acp/auth-frame': toServer((frame) => (frame['type'] === 'auth' ? { ...frame, token: 'other' } : frame)),
  'acp/frames': toClient((frame) => (textIn(frame) === 'framed ' ? record(frame['message']) : frame)),
  'acp/from': toClient((frame) => (textIn(frame) === 'second ' ? without(frame, 'from') : frame)),
  'acp/ack': toClient((frame) => (frame['type'] === 'ack' ? undefined : frame)),
  'acp/ping': toClient((frame) => (frame['type'] === 'pong' ? without(frame, 'through') : frame)),
  'acp/number-once': promptedAgain((link) => !isBack(link)),
  'acp/number-left-out': toServer((frame, link) => {
    const { n } = frame
    if (typeof n !== 'number') return frame
    const before = Number(link.memory.get('highest') ?? (isBack(link) ? n : 0))
    link.memory.set('highest', Math.max(before, n))
    return n > before + 1 && !isBack(link) ? undefined : frame
  }),
  'acp/unknown': toServer((frame) => ('conformance' in frame ? undefined : frame)),
  'acp/max-frame': toServer((frame) => (JSON.stringify(frame).length > 131_072 ? undefined : frame)),
  'acp/load': toClient((frame, link) =>
    isAnswer(frame) && messageOf(frame)['id'] === 'load' && !isPlain(link) ? without(frame, 'from') : frame,
  ),
  'acp/closed': { leaves: false },
  'acp/resumed': inOffer(isSame, (offer) => (offer['resumed'] === true ? { ...offer, epoch: 'other' } : offer)),
  'acp/initialize-again': toClient((frame, link) =>
    isInitialized(frame) && isSame(link)
      ? { ...frame, result: { ...record(frame['result']), agentCapabilities: {} } }
      : frame,
  ),
  'acp/replay': toClient((frame, link) => {
    if (textIn(frame) === 'gamma ' && isSame(link)) link.toClient(frame)
    return frame
  }),
  'acp/nothing-again': toClient((frame, link) => {
    if (isInitialized(frame) && isSame(link) && Number(askedBy(link)['after']) > 2) {
      queueMicrotask(() => link.toClient({ type: 'message', n: 1, message: { jsonrpc: '2.0', method: '_again' } }))
    }
    return frame
  }),
  'acp/while-away': toClient((frame, link) =>
    textIn(frame) === 'one ' && isSame(link) && !link.memory.has('prompted') ? undefined : frame,
  ),
  'acp/request-again': promptedAgain(isSame),
  'acp/another-link': { close: (code) => (code === 1000 ? undefined : code) },
  'acp/forgotten': inOffer(isElsewhere, (offer) => ({ ...offer, epoch: 'conformance-elsewhere' })),
  'acp/forgotten-records': inAsked(isElsewhere, (asked) => {
    const positions = Array.isArray(asked['positions']) ? asked['positions'] : []
    return { ...asked, positions: positions.map((position) => ({ ...record(position), seq: 0 })) }
  }),
  'acp/forgotten-request': promptedAgain(isElsewhere),
  'acp/gap': toClient((frame) => (frame['type'] === 'gap' ? without(frame, 'reason') : frame)),
  'acp/question-id': {
    toClient: (frame) =>
      within(frame, (message) => {
        if (isQuestion(message)) return { ...message, id: `q ${message['id']}` }
        if (methodOf(message) !== '$/cancel_request') return message
        return { ...message, params: { requestId: `q ${record(message['params'])['requestId']}` } }
      }),
    toServer: (frame) =>
      within(frame, (message) =>
        isAnswer(message) ? { ...message, id: `${message['id']}`.replace(/^q /, '') } : message,
      ),
  },
  'acp/question-waits': toClient((frame, link) => (isQuestion(frame) && isSame(link) ? undefined : frame)),
  'acp/question-answered-later': {
    toClient: (frame, link) => {
      if (isQuestion(frame)) link.memory.set(`question ${messageOf(frame)['id']}`, true)
      return frame
    },
    toServer: withSeen((frame, link) =>
      isAnswer(frame) && isSame(link) && !link.memory.has(`question ${messageOf(frame)['id']}`) ? undefined : frame,
    ),
  },
  'acp/question-forgotten': toClient((frame, link) => (isQuestion(frame) && isElsewhere(link) ? undefined : frame)),
  'acp/question-over': toClient((frame) => (methodOf(frame) === '$/cancel_request' ? undefined : frame)),
  'acp/http-initialize': { body: (text) => text.replace('"id":"initialize"', '"id":"initialise"') },
  'acp/http-accepted': status((asked) => isPost(asked) && asked.text.includes('"id":1,'), 202, 200),
  'acp/http-session-stream': { body: (text) => text.replace(/agent_message_chunk/, 'agent_thought_chunk') },
  'acp/http-session-header': status((asked) => isPost(asked) && asked.text.includes('prompt'), 400, 202),
  'acp/http-connection-header': status(({ headers }) => !('acp-connection-id' in headers), 400, 404),
  'acp/http-unknown': status(({ headers }) => headers['acp-connection-id'] === 'conformance-unknown', 404, 400),
  'acp/http-second-initialize': status((asked) => isPost(asked) && isInitialize(asked), 400, 409),
  'acp/http-batch': status(({ text }) => text.startsWith('['), 400, 202),
  'acp/http-content-type': status(isPost, 415, 400),
  'acp/http-too-large': status(isPost, 413, 400),
  'acp/http-accept': status(isGet, 406, 400),
  'acp/http-second-reader': status(isGet, 409, 400),
  'acp/http-delete': status(({ method }) => method === 'DELETE', 202, 204),
}
