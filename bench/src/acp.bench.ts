import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type ChaosProxy, startChaosProxy } from '@holdfast/chaos-proxy'
import { Editor, type OpenStream, ourStream, sdkStream } from './acp-editor.ts'
import { type Contender, median, ratio, report } from './measure.ts'

const rate = (value: number): string => `${(value / 1_000).toFixed(1)}k/s`
const children: ReturnType<typeof fork>[] = []

async function peer(kind: string): Promise<number> {
  const child = fork(fileURLToPath(new URL('./acp-peer.mjs', import.meta.url)), [kind])
  children.push(child)
  const [{ port }] = await once(child, 'message')
  return port
}

const ours = await peer('ours')
const sdks = await peer('sdk')

// ---- what it costs ------------------------------------------------------------------------------

const UPDATES = 20_000
const ROUNDS = 1_500

const updates =
  (open: OpenStream): Contender =>
  async () => {
    const editor = await new Editor(open(ours)).begin()
    const started = performance.now()
    await editor.prompt({ from: 0, updates: UPDATES })
    const took = performance.now() - started
    if (editor.seen.size < UPDATES) throw new Error(`${editor.seen.size} of ${UPDATES} updates`)
    editor.connection.close()
    return UPDATES / (took / 1_000)
  }

/** Round trips a second, as their median has it. */
const roundTrips =
  (open: OpenStream): Contender =>
  async () => {
    const editor = await new Editor(open(ours)).begin()
    const took: number[] = []
    for (let round = 0; round < ROUNDS; round += 1) {
      const started = performance.now()
      await editor.prompt({ from: 0, updates: 0 })
      took.push(performance.now() - started)
    }
    editor.connection.close()
    return 1_000 / median(took)
  }

const flow = await ratio(updates(ourStream), updates(sdkStream), 7)
report("updates, the SDK's client on our stream", flow.ratio, '>= 0.90', `${rate(flow.ours)} and ${rate(flow.raw)}`)
const trips = await ratio(roundTrips(ourStream), roundTrips(sdkStream), 7)
const ms = (perSecond: number): string => `${(1_000 / perSecond).toFixed(3)} ms`
report('round trip of a prompt, p50', 1 / trips.ratio, '<= 1.10', `${ms(trips.ours)} and ${ms(trips.raw)}`)

// ---- what is lost -------------------------------------------------------------------------------

const CUTS = 20
const TURN = { updates: 100, asksAfter: 50, pauseMs: 2 } as const

/** Every kind of cut, one after the other; half of them before the question. */
const KINDS: readonly ((proxy: ChaosProxy) => Promise<unknown> | void)[] = [
  (proxy) => proxy.cut(),
  (proxy) => proxy.resetMidFrame({ direction: 'down' }),
  (proxy) => proxy.fin(),
  async (proxy) => {
    proxy.blackHole()
    await new Promise((resolve) => setTimeout(resolve, 100))
    await proxy.heal({ links: 'reset' })
  },
]

interface Lost {
  updates: number
  requests: number
  questions: number
}

/** `again`: what a program does when its stream has ended. */
async function underCuts(port: number, open: OpenStream, again: boolean): Promise<Lost> {
  const proxy = await startChaosProxy({ target: { host: '127.0.0.1', port } })
  const lost: Lost = { updates: 0, requests: 0, questions: 0 }
  let editor = await new Editor(open(proxy.port)).begin()
  for (let cut = 0; cut < CUTS; cut += 1) {
    const from = cut * 1_000
    const before = editor
    const done = editor.prompt({ from, ...TURN }).then(
      () => true,
      () => false,
    )
    const reached = cut % 2 === 0 ? 25 : 49
    while (!before.seen.has(`${from + reached}`)) await new Promise((resolve) => setTimeout(resolve, 1))
    await KINDS[cut % KINDS.length]?.(proxy)
    if (again) {
      await editor.connection.closed
      editor = await new Editor(open(proxy.port)).load(before.sessionId)
    }
    const isDone = await Promise.race([done, new Promise((resolve) => setTimeout(resolve, 60_000))])
    if (isDone !== true) lost.requests += 1
    if (before.questions + (before === editor ? 0 : editor.questions) === 0) lost.questions += 1
    before.questions = 0
    editor.questions = 0
    // Time for a turn that nothing waits for any more.
    if (isDone !== true) await new Promise((resolve) => setTimeout(resolve, 500))
    for (let at = 1; at <= TURN.updates; at += 1) {
      if (!before.seen.has(`${from + at}`) && !editor.seen.has(`${from + at}`)) lost.updates += 1
    }
  }
  editor.connection.close()
  await proxy.close()
  return lost
}

const cells = ({ updates: u, requests, questions }: Lost): string =>
  `updates missing ${u} of ${CUTS * TURN.updates}, requests never answered ${requests} of ${CUTS}, questions lost ${questions} of ${CUTS}`
process.stdout.write(
  `  under ${CUTS} cuts, the SDK's WebSocket stream and server: ${cells(await underCuts(sdks, sdkStream, true))}\n`,
)
process.stdout.write(
  `  under ${CUTS} cuts, our stream and endpoint: ${cells(await underCuts(ours, ourStream, false))}\n`,
)
for (const child of children) child.kill()
process.exit(0)
