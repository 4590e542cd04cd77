import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { ShellSession, shellEndpoint } from '@holdfast/shell'
import { nodeWebSocket } from '@holdfast/transport-node'
import { type Contender, median, quantile, ratio, report } from './measure.ts'

// What it costs that the server follows what terminals show: the same host with and without, in one run.
const peer = fork(fileURLToPath(new URL('./screens-peer.mjs', import.meta.url)), { execArgv: ['--expose-gc'] })
const [port] = (await once(peer, 'message')) as [number]
const transport = nodeWebSocket()
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

interface Line {
  readonly session: ShellSession
  output: (bytes: number) => void
}

async function open(base: string, script: string): Promise<Line> {
  const target = shellEndpoint({
    url: `ws://127.0.0.1:${port}${base}`,
    token: 'bench',
    command: ['/bin/bash', '-c', script],
  })
  const session = new ShellSession({ transport, target })
  const line: Line = { session, output: () => {} }
  await session.connect()
  void (async () => {
    for await (const frame of session) if (frame.channel === 'stdout') line.output(frame.payload.length)
  })()
  return line
}

const LINES = 'exec yes "the quick brown fox jumps over the lazy dog and runs on to the end of this line of 80"'
const COLORS = `exec yes "$(printf '\\e[32mthe quick\\e[0m brown fox \\e[1;34mjumps\\e[0m over the lazy dog and runs on to the end')"`
const BYTES = 16_000_000

async function asked(question: 'memory' | 'processor'): Promise<number> {
  peer.send(question)
  const [answer] = (await once(peer, 'message')) as [number]
  return answer
}

/** Processor time of the host for each run, by base: what else the machine does counts for less. In microseconds. */
const processor = new Map<string, number[]>()

function throughput(base: string, script: string): Contender {
  return async () => {
    const before = await asked('processor')
    const line = await open(base, script)
    let bytes = 0
    let began = 0
    await new Promise<void>((resolve) => {
      line.output = (count) => {
        if (bytes === 0) began = performance.now()
        bytes += count
        if (bytes >= BYTES) resolve()
      }
    })
    const seconds = (performance.now() - began) / 1_000
    processor.set(base, [...(processor.get(base) ?? []), (await asked('processor')) - before])
    await line.session.kill()
    return BYTES / 1_000_000 / seconds
  }
}

const KEYS = 200

/** Echo of one shell while another one prints without end, read as fast as it comes. */
function echo(base: string): Contender {
  return async () => {
    const flood = await open(base, LINES)
    const line = await open(base, 'stty raw -echo; printf ready; exec cat')
    await pause(300)
    const times: number[] = []
    for (let key = 0; key < KEYS; key++) {
      const began = performance.now()
      const echoed = new Promise<void>((resolve) => {
        line.output = () => resolve()
      })
      void line.session.send('x')
      await echoed
      times.push(performance.now() - began)
      await pause(5)
    }
    await Promise.all([flood.session.kill(), line.session.kill()])
    return quantile(times, 0.5)
  }
}

const ROUNDS = 5
for (const [what, script, aim, base] of [
  ['lines of 80 columns', LINES, '≥ 0.60', ''],
  ['the same with colours', COLORS, '≥ 0.60', ''],
  ['lines, recorded', LINES, '', '/recorded'],
  ['the same with colours, recorded', COLORS, '', '/recorded'],
] as const) {
  processor.clear()
  const measured = await ratio(throughput(base, script), throughput('/bare', script), ROUNDS)
  report(
    `output of ${what}`,
    measured.ratio,
    aim,
    `${measured.ours.toFixed(0)} MB/s against ${measured.raw.toFixed(0)} MB/s`,
  )
  const [ours = 0, raw = 0] = [base, '/bare'].map((of) => median(processor.get(of) ?? []) / (BYTES / 1_000_000))
  report('  processor time without / with', raw / ours, '', `${ours.toFixed(0)} µs a MB against ${raw.toFixed(0)}`)
}
for (const [what, aim, base] of [
  ["another shell's echo under a flood, p50", '≤ 1.10', ''],
  ['the same under a recorded flood', '≤ 1.10', '/recorded'],
] as const) {
  const echoes = await ratio(echo(base), echo('/bare'), ROUNDS)
  report(what, echoes.ratio, aim, `${echoes.ours.toFixed(2)} ms against ${echoes.raw.toFixed(2)} ms`)
}

const SHELLS = 40
const full =
  'yes "the quick brown fox jumps over the lazy dog and runs on to the end of this line of 80" | head -3000; exec sleep 100'
/** Memory of a shell with all its lines, with a screen and without. In KiB; what the process holds, garbage included. */
const used: number[] = []
for (const base of ['/bare', '']) {
  const before = await asked('memory')
  const lines: Line[] = []
  for (let shell = 0; shell < SHELLS; shell++) lines.push(await open(base, full))
  await pause(2_000)
  used.push(((await asked('memory')) - before) / SHELLS / 1_024)
  await Promise.all(lines.map(({ session }) => session.kill()))
}
const [bare = 0, followed = 0] = used
const bound = (12 * 80 * 1_024) / 1_024 + 0.3 * 1_024
report(
  'memory of a screen / its bound',
  (followed - bare) / bound,
  '≤ 1.00',
  `${(followed - bare).toFixed(0)} KiB against ${bound.toFixed(0)} KiB`,
)
peer.disconnect()
