import { next, type PeerCase, rest, until } from './peer-case.ts'

/** Long enough for a dial that should not be: fifty times the longest pause between dials. */
const QUIET_MS = 1_000

/** What reconnecting-websocket 4.4 and partysocket 1.3 do, as their own tests and documents have it. */
export const SOCKET_CASES: readonly PeerCase[] = [
  {
    name: 'has the states on each socket',
    run: async (bench) => {
      const socket = bench.socket({ startClosed: true })
      return ['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED'].map((name) => Reflect.get(socket, name))
    },
    peers: [0, 1, 2, 3],
  },
  {
    name: 'what it says before anything was dialed',
    run: async (bench) => {
      const socket = bench.socket({ startClosed: true })
      const { bufferedAmount, protocol, extensions, binaryType, retryCount, readyState } = socket
      return [bufferedAmount, protocol, extensions, binaryType, retryCount, readyState]
    },
    peers: [0, '', '', 'blob', 0, 3],
  },
  {
    name: 'says whether it dials again',
    only: 'partysocket',
    run: async (bench) => {
      const socket = bench.socket({ startClosed: true })
      const said = [socket.shouldReconnect]
      socket.reconnect()
      said.push(socket.shouldReconnect)
      await next(socket, 'open')
      socket.close()
      return [...said, socket.shouldReconnect]
    },
    peers: [false, true, false],
  },
  {
    name: 'the address before anything was dialed',
    run: async (bench) => bench.socket({ startClosed: true }).url === bench.url,
    peers: false,
    ours: { gives: true, why: 'a WebSocket says it from the beginning' },
  },
  {
    name: 'an address that is none',
    only: 'partysocket',
    run: async (bench) => {
      try {
        await next(bench.socket({ maxRetries: 0 }, 'no address'), 'error')
        return 'an error event'
      } catch (error) {
        return Reflect.get(Object(error), 'name')
      }
    },
    peers: 'an error event',
    ours: { gives: 'SyntaxError', why: 'as WebSockets do: a mistake is reported where it is made' },
  },
  {
    name: 'offers one subprotocol',
    run: async (bench) => {
      const socket = bench.socket({}, bench.url, 'foobar')
      await next(socket, 'open')
      return [socket.protocol, socket.url === bench.url, bench.requests[0]?.headers['sec-websocket-protocol']]
    },
    peers: ['foobar', true, 'foobar'],
  },
  {
    name: 'offers none where there is null or undefined',
    run: async (bench) => {
      const sockets = [bench.socket({}, bench.url, null), bench.socket({}, bench.url, undefined)]
      await Promise.all(sockets.map((socket) => next(socket, 'open')))
      return bench.requests.map(({ headers }) => headers['sec-websocket-protocol'])
    },
    peers: [undefined, undefined],
  },
  {
    name: 'asks a function for the address before every dial',
    run: async (bench) => {
      let n = 0
      const socket = bench.socket({}, () => Promise.resolve(`${bench.url}${n++}`))
      await next(socket, 'open')
      bench.closeAll(1001, '')
      await next(socket, 'open')
      return bench.requests.map(({ url }) => url)
    },
    peers: ['/0', '/1'],
  },
  {
    name: 'asks functions, async ones too, before every dial',
    only: 'partysocket',
    run: async (bench) => {
      let n = 0
      const url = async () => `${bench.url}${n++}`
      const socket = bench.socket({}, url, async () => ['a', 'b'])
      await next(socket, 'open')
      bench.closeAll(1001, '')
      await next(socket, 'open')
      return bench.requests.map(({ url: path, headers }) => [path, headers['sec-websocket-protocol']])
    },
    peers: [
      ['/0', 'a,b'],
      ['/1', 'a,b'],
    ],
  },
  {
    name: 'an address function that throws is an error, and is asked again',
    only: 'partysocket',
    run: async (bench) => {
      let n = 0
      const socket = bench.socket({}, () => {
        n += 1
        return n === 1 ? Promise.reject(new Error('not yet')) : Promise.resolve(bench.url)
      })
      const { message } = await next(socket, 'error')
      await next(socket, 'open')
      return message
    },
    peers: 'not yet',
  },
  ...[0, 1, 3].map((maxRetries) => ({
    name: `dials ${maxRetries + 1} times with maxRetries ${maxRetries}`,
    run: async (bench: Parameters<PeerCase['run']>[0]) => {
      bench.answer = 'refuse'
      const socket = bench.socket({ maxRetries })
      let errors = 0
      socket.addEventListener('error', () => {
        errors += 1
      })
      await until(() => errors > maxRetries)
      await rest(QUIET_MS)
      return [bench.dials, errors, socket.retryCount]
    },
    peers: [maxRetries + 1, maxRetries + 1, maxRetries],
  })),
  {
    name: 'keeps on… attributes and listeners over links',
    run: async (bench) => {
      const socket = bench.socket()
      const calls: string[] = []
      socket.onopen = () => calls.push('onopen')
      socket.addEventListener('open', () => calls.push('listener'))
      socket.addEventListener('open', { handleEvent: () => calls.push('object') })
      const removed = () => calls.push('removed')
      socket.addEventListener('open', removed)
      socket.removeEventListener('open', removed)
      await next(socket, 'open')
      bench.closeAll(1001, '')
      await next(socket, 'open')
      return calls
    },
    peers: ['onopen', 'listener', 'object', 'onopen', 'listener', 'object'],
  },
  {
    name: 'a dial that takes longer than connectionTimeout is an error, and is made again',
    run: async (bench) => {
      bench.answer = 'hang'
      const socket = bench.socket({ connectionTimeout: 1_000, maxRetries: 1 })
      await next(socket, 'error')
      await next(socket, 'error')
      return bench.dials
    },
    peers: 2,
  },
  {
    name: 'the message of that error',
    run: async (bench) => {
      bench.answer = 'hang'
      const { message } = await next(bench.socket({ connectionTimeout: 100, maxRetries: 0 }), 'error')
      return message === 'TIMEOUT' ? message : 'a sentence'
    },
    peers: 'TIMEOUT',
    ours: { gives: 'a sentence', why: 'for people; programs read error.code' },
  },
  {
    name: 'keeps binaryType over links',
    run: async (bench) => {
      const socket = bench.socket()
      socket.binaryType = 'arraybuffer'
      await next(socket, 'open')
      bench.closeAll(1001, '')
      await next(socket, 'open')
      socket.send(new Uint8Array([1, 2, 3]))
      const { data } = await next(socket, 'message')
      return [socket.binaryType, data instanceof ArrayBuffer, bench.received]
    },
    peers: ['arraybuffer', true, ['010203']],
  },
  {
    name: "binaryType 'nodebuffer' of the package ws",
    run: async (bench) => {
      const socket = bench.socket({ startClosed: true })
      socket.binaryType = 'nodebuffer'
      return socket.binaryType
    },
    peers: 'nodebuffer',
    ours: { gives: 'blob', why: "WebSockets know 'blob' and 'arraybuffer'" },
  },
  {
    name: 'one close for several calls, and no dial behind it',
    run: async (bench) => {
      const socket = bench.socket()
      let closes = 0
      socket.addEventListener('close', () => {
        closes += 1
      })
      await next(socket, 'open')
      socket.close()
      socket.close()
      socket.close()
      await rest(QUIET_MS)
      return [closes, bench.dials, socket.readyState]
    },
    peers: [1, 1, 3],
  },
  {
    name: 'code and reason of close() reach the close event',
    run: async (bench) => {
      const socket = bench.socket()
      await next(socket, 'open')
      const closed = next(socket, 'close')
      socket.close(4321, 'done')
      const { code, reason } = await closed
      return [code, reason]
    },
    peers: [4321, 'done'],
  },
  {
    name: 'close() dispatches its event before it returns',
    only: 'partysocket',
    run: async (bench) => {
      const socket = bench.socket()
      await next(socket, 'open')
      let isTold = false
      socket.addEventListener('close', () => {
        isTold = true
      })
      socket.close()
      return isTold
    },
    peers: true,
    ours: { gives: false, why: 'as WebSockets do: when the link has ended, with what the server answered' },
  },
  {
    name: 'a socket that is closed before it opens never opens',
    run: async (bench) => {
      const socket = bench.socket()
      let opens = 0
      socket.addEventListener('open', () => {
        opens += 1
      })
      socket.close()
      await rest(QUIET_MS)
      return opens
    },
    peers: 0,
  },
  {
    name: 'reconnect() called twice while connecting makes one connection',
    run: async (bench) => {
      const socket = bench.socket()
      socket.reconnect()
      socket.reconnect()
      await next(socket, 'open')
      await rest(QUIET_MS)
      return bench.live
    },
    peers: 1,
  },
  {
    name: 'reconnect() of an open socket closes it, and opens another link',
    run: async (bench) => {
      const socket = bench.socket()
      await next(socket, 'open')
      const closed = next(socket, 'close')
      socket.reconnect(1000, 'again')
      const { code, reason } = await closed
      await until(() => bench.dials === 2 && socket.readyState === 1)
      await until(() => bench.live === 1)
      return [code, reason, socket.retryCount]
    },
    peers: [1000, 'again', 0],
  },
  {
    name: 'reconnect() opens again after close()',
    run: async (bench) => {
      const socket = bench.socket()
      await next(socket, 'open')
      socket.close()
      await until(() => bench.live === 0)
      socket.reconnect()
      await next(socket, 'open')
      return [bench.dials, socket.readyState]
    },
    peers: [2, 1],
  },
  {
    name: 'startClosed waits for reconnect()',
    run: async (bench) => {
      const socket = bench.socket({ startClosed: true })
      await rest(QUIET_MS)
      const before = bench.dials
      socket.reconnect()
      await next(socket, 'open')
      return [before, bench.dials, socket.readyState]
    },
    peers: [0, 1, 1],
  },
  {
    name: 'what waits is written before the open event',
    run: async (bench) => {
      const socket = bench.socket()
      socket.send('1')
      socket.send(new Uint8Array([2]))
      socket.addEventListener('open', () => socket.send('from open'))
      await until(() => bench.received.length === 3)
      return bench.received
    },
    peers: ['1', '02', 'from open'],
  },
  {
    name: 'keeps at most maxEnqueuedMessages, the oldest',
    run: async (bench) => {
      const socket = bench.socket({ maxEnqueuedMessages: 2, startClosed: true })
      for (const text of ['1', '2', '3']) socket.send(text)
      const { bufferedAmount } = socket
      socket.reconnect()
      await until(() => bench.received.length >= 2)
      await rest(100)
      return [bufferedAmount, bench.received]
    },
    peers: [2, ['1', '2']],
  },
  {
    name: 'counts what waits, of every type',
    run: async (bench) => {
      const socket = bench.socket({ startClosed: true })
      const amounts = ['hello', new Blob(['test data']), new ArrayBuffer(8), new Uint8Array(5)].map((data) => {
        socket.send(data)
        return socket.bufferedAmount
      })
      return amounts
    },
    peers: [5, 14, 22, 27],
  },
  {
    name: 'gives back what waits',
    only: 'partysocket',
    run: async (bench) => {
      const socket = bench.socket({ startClosed: true })
      socket.send('a')
      socket.send('b')
      return [socket.drainQueuedMessages?.(), socket.bufferedAmount]
    },
    peers: [['a', 'b'], 0],
  },
  {
    name: 'what send() returns',
    only: 'partysocket',
    run: async (bench) => {
      const socket = bench.socket()
      await next(socket, 'open')
      return socket.send('now')
    },
    peers: true,
    ours: { gives: undefined, why: 'as WebSockets do; deliver() says what became of a message' },
  },
  {
    name: 'what is sent after close() waits for a reconnect()',
    run: async (bench) => {
      const socket = bench.socket()
      await next(socket, 'open')
      socket.close()
      await until(() => bench.live === 0)
      socket.send('late')
      socket.reconnect()
      await next(socket, 'open')
      await rest(100)
      return bench.received
    },
    peers: ['late'],
    ours: { gives: [], why: 'as WebSockets do: it is dropped, and undelivered says so' },
  },
  {
    name: 'shouldReconnectOnClose is asked at an end',
    only: 'partysocket',
    run: async (bench) => {
      const codes: unknown[] = []
      const socket = bench.socket({
        shouldReconnectOnClose: ({ code }: { code: number }) => {
          codes.push(code)
          return code !== 4000
        },
      })
      await next(socket, 'open')
      bench.closeAll(4001, '')
      await next(socket, 'open')
      bench.closeAll(4000, '')
      await rest(QUIET_MS)
      return [codes, bench.dials, socket.shouldReconnect]
    },
    peers: [[4001, 4000], 2, false],
  },
  {
    name: 'a close of the server with code 1008 (policy violation)',
    run: async (bench) => {
      const socket = bench.socket()
      await next(socket, 'open')
      bench.closeAll(1008, 'not you')
      await rest(QUIET_MS)
      return bench.dials > 1 ? 'dialed again' : 'over'
    },
    peers: 'dialed again',
    ours: {
      gives: 'over',
      why: 'the server itself refused; shouldReconnectOnClose sees it, and reconnect() dials again',
    },
  },
  {
    name: 'a close of the server with code 1000',
    run: async (bench) => {
      const socket = bench.socket()
      await next(socket, 'open')
      bench.closeAll(1000, '')
      await next(socket, 'open')
      return bench.dials
    },
    peers: 2,
  },
]
