import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { ShellSession, shellEndpoint } from '@holdfast/shell'
import { nodeWebSocket } from '@holdfast/transport-node'
import WebSocket from 'ws'
import { type Contender, quantile, ratio, report } from './measure.ts'

const peer = fork(fileURLToPath(new URL('./shell-peer.mjs', import.meta.url)))
const [port] = (await once(peer, 'message')) as [number]
const url = `ws://127.0.0.1:${port}`
const transport = nodeWebSocket()
const raw = (script: string): string[] => ['/bin/bash', '-c', `stty raw -echo; ${script}`]

const STDIN = 0
const STDOUT = 1
const CLOSE = 255

/** A terminal's two ends, whatever is between them. */
interface Line {
  send(bytes: Uint8Array): void
  end(): Promise<void>
}
type Open = (command: readonly string[], output: (bytes: number) => void) => Promise<Line>

/** node-pty piped into `ws`: no channels, no offsets, no flow control. */
const plainLine: Open = async (command, output) => {
  const socket = await dial('/plain', command, (data) => output(data.length))
  return { send: (bytes) => socket.send(bytes), end: () => closed(socket, () => socket.terminate()) }
}

/** A published client's side of our server: channels, and the socket's buffer for flow control. */
const publishedLine: Open = async (command, output) => {
  const socket = await dial('/shells', command, (data) => {
    if (data[0] === STDOUT) output(data.length - 1)
  })
  return {
    send: (bytes) => socket.send(Buffer.concat([Buffer.from([STDIN]), bytes])),
    end: () => closed(socket, () => socket.send(Buffer.from([CLOSE]))),
  }
}

/** Our client on our server: acknowledged both ways, held back by the window. */
const sessionLine =
  (base: string): Open =>
  async (command, output) => {
    const session = new ShellSession({
      transport,
      target: shellEndpoint({ url: url + base, token: 'bench', command }),
    })
    await session.connect()
    const reading = (async () => {
      for await (const frame of session) if (frame.channel === 'stdout') output(frame.payload.length)
    })()
    return {
      send: (bytes) => void session.send(bytes),
      end: async () => {
        await session.kill()
        await reading
      },
    }
  }

const insideLine = sessionLine('')
/** The same, its shells in a process behind the one that is dialed. */
const processLine = sessionLine('/process')

let shells = 0
async function dial(path: string, command: readonly string[], received: (data: Buffer) => void): Promise<WebSocket> {
  const query = new URLSearchParams([['shellId', `bench-${shells++}`], ...command.map((word) => ['command', word])])
  const socket = new WebSocket(`${url}${path}?${query}`, { perMessageDeflate: false })
  // Before it is open: what comes with the handshake comes first.
  socket.on('message', received)
  await once(socket, 'open')
  return socket
}

async function closed(socket: WebSocket, end: () => void): Promise<void> {
  const close = once(socket, 'close')
  end()
  await close
}

const OUTPUT_BYTES = 50_000_000

/** Megabytes of output a second, from the first byte on. */
function throughput(open: Open, program: string): Contender {
  return async () => {
    let bytes = 0
    let started = 0
    let seconds = 0
    let done: () => void = () => {}
    const finished = new Promise<void>((resolve) => {
      done = resolve
    })
    const line = await open(raw(program), (count) => {
      if (bytes === 0) started = performance.now()
      bytes += count
      if (bytes < OUTPUT_BYTES || seconds > 0) return
      seconds = (performance.now() - started) / 1000
      done()
    })
    await finished
    await line.end()
    return OUTPUT_BYTES / 1_000_000 / seconds
  }
}

const KEYS = 300

/** Milliseconds from a key to its echo, through a program that reads and writes it. One key each `everyMs`. */
function echo(open: Open, part: number, everyMs: number): Contender {
  return async () => {
    let echoed: () => void = () => {}
    let ready = false
    const line = await open(raw('printf ready; exec cat'), () => {
      ready = true
      echoed()
    })
    if (!ready) await new Promise<void>((resolve) => (echoed = resolve))
    await pause(100)
    const times: number[] = []
    for (let key = 0; key < KEYS; key += 1) {
      const started = performance.now()
      const echo = new Promise<void>((resolve) => (echoed = resolve))
      line.send(new Uint8Array([0x78]))
      await echo
      times.push(performance.now() - started)
      if (everyMs > 0) await pause(everyMs)
    }
    await line.end()
    return quantile(times, part)
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const ROUNDS = 5
const OUTPUTS = { zeros: 'exec cat /dev/zero', lines: 'stty opost onlcr; exec yes "the quick brown fox"' }
for (const [what, program] of Object.entries(OUTPUTS)) {
  for (const [who, open] of Object.entries({
    'our client': insideLine,
    'our client, shells in a process of their own': processLine,
    'published framing': publishedLine,
  })) {
    const measured = await ratio(throughput(open, program), throughput(plainLine, program), ROUNDS)
    const detail = `${measured.ours.toFixed(0)} MB/s against ${measured.raw.toFixed(0)} MB/s`
    report(`output of ${what}, ${who}`, measured.ratio, '≥ 1.00', detail)
  }
}
for (const [what, everyMs] of Object.entries({ '10 ms': 10, 'no pause': 0 })) {
  for (const [where, open] of Object.entries({ '': insideLine, ', shells in a process': processLine })) {
    for (const [name, part] of Object.entries({ p50: 0.5, p99: 0.99 })) {
      const measured = await ratio(echo(open, part, everyMs), echo(plainLine, part, everyMs), ROUNDS)
      const detail = `${measured.ours.toFixed(3)} ms against ${measured.raw.toFixed(3)} ms`
      report(`echo, a key each ${what}, ${name}${where}`, measured.ratio, '≤ 1.30', detail)
    }
  }
}
peer.disconnect()
