import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { ShellSession, shellEndpoint } from '@holdfast/shell'
import { nodeWebSocket } from '@holdfast/transport-node'
import WebSocket from 'ws'
import { type Contender, median, quantile, ratio, report } from './measure.ts'
import { printHottest } from './profile.ts'

/**
 * `--only=zeros,lines,10,0` of outputs and pauses between keys · `--where=inside,process,published` · `--rounds=N` ·
 * `--mb=50` of output a round · `--profile` prints the hottest functions of each thread of the servers.
 */
const option = (name: string): string | undefined =>
  process.argv.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3)
const only = option('only')?.split(',')
const where = option('where')?.split(',')
const ROUNDS = Number(option('rounds') ?? 5)
const OUTPUT_BYTES = Number(option('mb') ?? 50) * 1_000_000
const PROFILES = process.argv.includes('--profile')
  ? fileURLToPath(new URL('../profiles/', import.meta.url))
  : undefined

const peer = fork(fileURLToPath(new URL('./shell-peer.mjs', import.meta.url)), {
  execArgv: PROFILES === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${PROFILES}`],
})
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

/** Processor time of the servers and of this process, so far, in milliseconds. */
async function cpuMs(): Promise<number> {
  peer.send('cpu')
  const [servers] = (await once(peer, 'message')) as [number]
  const { user, system } = process.cpuUsage()
  return servers + (user + system) / 1_000
}

/** Processor time for each run of an opener. What else the machine does counts for less in it than in time. */
const spent = new Map<Open, number[]>()

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
    const before = await cpuMs()
    const line = await open(raw(program), (count) => {
      if (bytes === 0) started = performance.now()
      bytes += count
      if (bytes < OUTPUT_BYTES || seconds > 0) return
      seconds = (performance.now() - started) / 1000
      done()
    })
    await finished
    spent.set(open, [...(spent.get(open) ?? []), (await cpuMs()) - before])
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

const PLACES = {
  inside: { open: insideLine, name: 'our client' },
  process: { open: processLine, name: 'our client, shells in a process of their own' },
  published: { open: publishedLine, name: 'published framing' },
} as const
const places = Object.entries(PLACES).filter(([place]) => where?.includes(place) ?? true)
const isAsked = ([what]: [string, unknown]): boolean => only?.includes(what) ?? true

const OUTPUTS: Readonly<Record<string, { readonly program: string; readonly aim: string }>> = {
  zeros: { program: 'exec cat /dev/zero', aim: '≥ 1.00' },
  lines: { program: 'stty opost onlcr; exec yes "the quick brown fox"', aim: '≥ 1.10' },
}
for (const [what, { program, aim }] of Object.entries(OUTPUTS).filter(isAsked)) {
  for (const [, { open, name }] of places) {
    spent.clear()
    const measured = await ratio(throughput(open, program), throughput(plainLine, program), ROUNDS)
    const detail = `${measured.ours.toFixed(0)} MB/s against ${measured.raw.toFixed(0)} MB/s`
    report(`output of ${what}, ${name}`, measured.ratio, aim, detail)
    const [ours = 0, raw = 0] = [open, plainLine].map((of) => median(spent.get(of) ?? []) / (OUTPUT_BYTES / 1_000_000))
    report('  processor time', ours / raw, '', `${ours.toFixed(2)} ms a MB against ${raw.toFixed(2)}`)
  }
}
const PAUSES: Readonly<Record<string, number>> = { '10': 10, '0': 0 }
const ECHO_AIMS: Readonly<Record<string, string>> = { inside: '≤ 1.10', process: '≤ 1.50' }
for (const [pauseMs, everyMs] of Object.entries(PAUSES).filter(isAsked)) {
  for (const [place, { open, name }] of places) {
    if (place === 'published') continue
    for (const [quantileName, part] of Object.entries({ p50: 0.5, p99: 0.99 })) {
      const measured = await ratio(echo(open, part, everyMs), echo(plainLine, part, everyMs), ROUNDS)
      const detail = `${measured.ours.toFixed(3)} ms against ${measured.raw.toFixed(3)} ms`
      report(`echo, a key each ${pauseMs} ms, ${quantileName}, ${name}`, measured.ratio, ECHO_AIMS[place] ?? '', detail)
    }
  }
}
if (PROFILES === undefined) peer.disconnect()
else {
  const exited = once(peer, 'exit')
  peer.disconnect()
  await exited
  printHottest(PROFILES)
}
