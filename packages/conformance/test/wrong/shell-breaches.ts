import type { Breach, Json, Link } from './middleman.ts'

const [STDIN, STDOUT, STATUS, HEARTBEAT, ACK, CTRL, SCREEN] = [0x00, 0x01, 0x03, 0x05, 0xf0, 0xf1, 0xf2]

function record(value: unknown): Json {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function jsonOf({ payload }: Json): Json {
  return record(JSON.parse(String(payload)))
}

/** Changes what a confirmation says. */
function inConfirmation(change: (metadata: Json, link: Link) => Json): Breach {
  return {
    binary: true,
    toClient: (frame, link) => {
      if (frame['channel'] !== STATUS || link.memory.has('confirmed')) return frame
      link.memory.set('confirmed', true)
      const status = jsonOf(frame)
      const metadata = change(record(status['metadata']), link)
      return { channel: STATUS, payload: Buffer.from(JSON.stringify({ ...status, metadata })) }
    },
  }
}

function inOffer(change: (offer: Json, link: Link, metadata: Json) => Json): Breach {
  return inConfirmation((metadata, link) => ({
    ...metadata,
    holdfast: change(record(metadata['holdfast']), link, metadata),
  }))
}

/** Keeps back messages of a type on CTRL. */
function withoutControl(way: 'toClient' | 'toServer', type: string): Breach {
  return {
    binary: true,
    [way]: (frame: Json) => (frame['channel'] === CTRL && jsonOf(frame)['type'] === type ? undefined : frame),
  }
}

/** Acknowledges what the client does not. */
const noWindow: Breach = {
  binary: true,
  toClient: (frame, link) => {
    if (frame['channel'] === STATUS && !link.memory.has('at')) {
      link.memory.set('at', record(record(jsonOf(frame)['metadata'])['holdfast'])['out'])
    }
    if (frame['channel'] === STDOUT && frame['payload'] instanceof Uint8Array) {
      const at = Number(link.memory.get('at')) + frame['payload'].length
      link.memory.set('at', at)
      const payload = Buffer.alloc(16)
      for (const offset of [0, 8]) payload.writeBigUInt64BE(BigInt(at), offset)
      if (link.memory.has('hello')) link.toServer({ channel: ACK, payload })
    }
    return frame
  },
  toServer: (frame, link) => {
    if (frame['channel'] === CTRL) link.memory.set('hello', true)
    return frame
  },
}

const isBack = ({ query }: Link): boolean => query.has('lease')

/** For each row, a server that breaks its rule. */
export const SHELL_BREACHES: Readonly<Record<string, Breach>> = {
  'shell/offer': inOffer(({ retainMs: _retainMs, ...offer }) => offer),
  'shell/not-asked': {
    binary: true,
    toClient: (frame, link) => {
      if (frame['channel'] === STDOUT && !link.memory.has('hello'))
        link.toClient({ channel: CTRL, payload: Buffer.from('{}') })
      return frame
    },
    toServer: (frame, link) => {
      if (frame['channel'] === CTRL) link.memory.set('hello', true)
      return frame
    },
  },
  'shell/input-ack': { binary: true, toClient: (frame) => (frame['channel'] === ACK ? undefined : frame) },
  'shell/reattach': inConfirmation((metadata, link) => (isBack(link) ? { ...metadata, reconnected: false } : metadata)),
  'shell/replay': inOffer((offer, link) => (isBack(link) ? { ...offer, out: Number(offer['out']) + 1 } : offer)),
  'shell/input-position': inOffer((offer, link) => (isBack(link) ? { ...offer, in: 0 } : offer)),
  'shell/lease': inOffer((offer, link, { reconnected }) =>
    !isBack(link) && reconnected === true ? { ...offer, in: 5 } : offer,
  ),
  'shell/window': noWindow,
  'shell/max-frame': {
    binary: true,
    toServer: (frame) =>
      frame['channel'] === STDIN && frame['payload'] instanceof Uint8Array && frame['payload'].length >= 65_536
        ? undefined
        : frame,
  },
  'shell/exit': withoutControl('toClient', 'exit'),
  'shell/picture': { binary: true, toClient: (frame) => (frame['channel'] === SCREEN ? undefined : frame) },
  'shell/no-picture': {
    binary: true,
    toClient: (frame, link) => {
      const isMeant = frame['channel'] === HEARTBEAT && link.query.get('mode') === 'observe'
      if (isMeant && link.query.get('screen') === 'none') link.toClient({ channel: SCREEN, payload: Buffer.from('x') })
      return frame
    },
  },
  'shell/observer': inOffer((offer, { query }) =>
    query.get('mode') === 'observe' ? { ...offer, role: 'writer' } : offer,
  ),
  'shell/kicked': { binary: true, close: (code) => (code === 4000 ? 4008 : code) },
  'shell/takeover': withoutControl('toClient', 'role'),
  'shell/resized': withoutControl('toClient', 'resized'),
  'shell/detach': withoutControl('toServer', 'detach'),
  'shell/signal': withoutControl('toServer', 'signal'),
  'shell/snapshot': withoutControl('toServer', 'snapshot'),
}
