// One flood against a gateway, from a process of its own: `node flood.mjs KIND COUNT PORT TOKEN`. Prints one line of JSON.
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { WebSocket } from 'ws'

const [kind, countText, portText, token] = process.argv.slice(2)
const count = Number(countText)
const port = Number(portText)

/** The same numbers in each run. */
let state = 7919
const random = () => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  return state / 2 ** 32
}
const bytes = (length) => Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)))
const answers = {}
const note = (what) => {
  answers[what] = (answers[what] ?? 0) + 1
}

/** So many at once, until all were done. */
async function each(lanes, work) {
  let next = 0
  const lane = async () => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: lanes }, lane))
}

const PER_SECOND = 1_000

/**
 * A thousand different wrong tokens a second, or as many as are answered, from more lanes than a gateway holds back at
 * once: those above are refused at once, and ask again.
 */
async function tokens() {
  const agent = new Agent({ keepAlive: true, maxSockets: 200 })
  const begun = performance.now()
  await each(200, async (index) => {
    const dueMs = begun + (index * 1_000) / PER_SECOND - performance.now()
    if (dueMs > 0) await new Promise((resolve) => setTimeout(resolve, dueMs))
    await new Promise((resolve) => {
      const headers = { authorization: `Bearer wrong-${index}` }
      const asked = request({ port, host: '127.0.0.1', path: '/api/hub/sessions', headers, agent }, (response) => {
        note(response.statusCode)
        response.resume().on('end', resolve).on('error', resolve)
      })
      asked.on('error', (error) => resolve(note(error.code)))
      asked.end()
    })
  })
  agent.destroy()
}

/** Frames of somebody who is in: text, half messages, numbers, objects of any kind, and now and then no frame at all. */
async function frames() {
  const FRAMES_A_TURN = 200
  const shapes = [
    () => bytes(1 + Math.floor(random() * 60)).toString('latin1'),
    () => JSON.stringify({ type: bytes(4).toString('hex'), id: random() }),
    () => '{"type":"event","id":"x","event":',
    () => JSON.stringify({ type: 'command', id: [random()], name: {}, args: null }),
    () => String(random()),
    () => '['.repeat(1 + Math.floor(random() * 200)),
    () => bytes(1 + Math.floor(random() * 40)),
  ]
  let sent = 0
  const lane = async () => {
    while (sent < count) {
      const url = `ws://127.0.0.1:${port}/api/ws?role=controller&sessionId=flooded`
      const socket = new WebSocket(url, { headers: { authorization: `Bearer ${token}` } })
      socket.on('error', (error) => note(error.code ?? 'error'))
      socket.on('message', () => note('answered'))
      const closed = new Promise((resolve) => socket.once('close', resolve))
      await Promise.race([new Promise((resolve) => socket.once('open', resolve)), closed])
      for (let turn = 0; turn < 100 && sent < count && socket.readyState === WebSocket.OPEN; turn++) {
        for (let i = 0; i < FRAMES_A_TURN && sent < count; i++, sent++) {
          socket.send(shapes[Math.floor(random() * shapes.length)]())
        }
        // It is held back by a gateway that reads no faster than it may.
        while (socket.bufferedAmount > 65_536 && socket.readyState === WebSocket.OPEN) {
          await new Promise((resolve) => setTimeout(resolve, 2))
        }
      }
      if (socket.readyState === WebSocket.OPEN) socket._socket.write(bytes(64))
      setTimeout(() => socket.terminate(), 2_000).unref()
      await closed
    }
  }
  await Promise.all(Array.from({ length: 4 }, lane))
}

/** Requests that are none, or not of this world. */
async function malformed() {
  const head = (line, ...lines) => `${[line, 'Host: 127.0.0.1', ...lines].join('\r\n')}\r\n\r\n`
  const known = `Authorization: Bearer ${token}`
  const shapes = [
    () => bytes(1 + Math.floor(random() * 200)),
    () => head('GET / HTTP/9.9'),
    () => head('GET /api/hub/session/%E0%A4%A/events HTTP/1.1', known),
    () => `${head('POST /api/hub/session HTTP/1.1', known, 'Content-Length: 9')}{"label":`,
    () => `${head('POST /api/hub/session HTTP/1.1', known, 'Content-Length: 5')}[[[[[`,
    () => head(`GET /${'x'.repeat(20_000)} HTTP/1.1`),
    () => head('GET /api/ws HTTP/1.1', known, `X-Much: ${'y'.repeat(20_000)}`),
    () => head('GET /api/ws?role=nobody HTTP/1.1', known, 'Connection: Upgrade', 'Upgrade: websocket'),
    () => head('GET /shells HTTP/1.1', 'Connection: Upgrade', 'Upgrade: something'),
    () => `${head('PATCH /api/hub/session/none HTTP/1.1', known, 'Transfer-Encoding: chunked')}zz\r\n`,
    () => head('GET /api/hub/session/none/events HTTP/1.1', known, 'Last-Event-ID: %%%'),
    () => `${head('POST /api/grants HTTP/1.1', known, 'Content-Length: 2')}{}`,
  ]
  await each(
    32,
    (index) =>
      new Promise((resolve) => {
        const socket = connect(port, '127.0.0.1', () => socket.write(shapes[index % shapes.length]()))
        const end = setTimeout(() => socket.destroy(), 200)
        socket.once('data', (chunk) => {
          note(/^HTTP\/1\.1 (\d+)/.exec(chunk.toString('latin1'))?.[1] ?? 'other')
          socket.destroy()
        })
        socket.on('error', () => {})
        socket.once('close', () => {
          clearTimeout(end)
          resolve()
        })
      }),
  )
}

const begun = performance.now()
await { tokens, frames, malformed }[kind]()
const seconds = (performance.now() - begun) / 1000
process.stdout.write(`${JSON.stringify({ kind, count, seconds, perSecond: Math.round(count / seconds), answers })}\n`)
process.exit(0)
