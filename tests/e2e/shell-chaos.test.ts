import { type ChildProcess, fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type ChaosProxy, withSeed } from '@holdfast/chaos-proxy'
import type { ShellSession } from '@holdfast/shell'
import { type SeededRandom, seededRandom } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { READY, Recorded } from './shell/recorded.ts'
import { raw, type ShellWorld, shellWorld, sleep } from './shell/support.ts'

const LONG = process.env['HOLDFAST_LONG'] === '1'
const DROPS = Number(process.env['HOLDFAST_DROPS'] ?? (LONG ? 2_000 : 80))
const HOLES = LONG ? 100 : 6
const WINDOW = 196_608
/** What goes through a tunnel goes through everything that is behind it: without one only in the long form. */
const TUNNELS = [
  { what: 'through a tunnel', tunnel: true },
  ...(LONG ? [{ what: 'without a tunnel', tunnel: false }] : []),
]
const CLIENT = fileURLToPath(new URL('./shell/client.mjs', import.meta.url))
const program = (...args: (number | string)[]): string[] =>
  raw(process.execPath, fileURLToPath(new URL('./shell/program.mjs', import.meta.url)), ...args.map(String))

const FAULTS: Readonly<Record<string, (proxy: ChaosProxy, random: SeededRandom) => Promise<void> | void>> = {
  reset: (proxy) => proxy.cut(),
  fin: (proxy) => proxy.fin(),
  'reset inside a frame, down': (proxy) => proxy.resetMidFrame({ direction: 'down' }),
  'reset inside a frame, up': (proxy) => proxy.resetMidFrame({ direction: 'up' }),
  'black hole, then reset': async (proxy, random) => {
    proxy.blackHole({ direction: random.pick(['up', 'down', 'both']) })
    await sleep(random.integer(5, 60))
    await proxy.heal({ links: 'reset' })
  },
  'port closed': async (proxy, random) => {
    await proxy.refuse(true, { keepPort: true })
    proxy.cut()
    await sleep(random.integer(5, 60))
    await proxy.refuse(false)
  },
  'accepted, then dropped': async (proxy, random) => {
    proxy.acceptThenDrop(true)
    proxy.cut()
    await sleep(random.integer(5, 60))
    proxy.acceptThenDrop(false)
  },
  'dropped in the handshake': async (proxy, random) => {
    proxy.dropInHandshake(true, { afterBytes: random.integer(0, 400) })
    proxy.cut()
    await sleep(random.integer(5, 60))
    proxy.dropInHandshake(false)
  },
}

/** Resolves with the time to the first output after the next reconnect. */
function nextReconnect(session: ShellSession, recorded: Recorded): Promise<number> {
  return new Promise((resolve) => {
    const off = session.on('reconnected', () => {
      off()
      const at = performance.now()
      const before = recorded.bytes
      const look = (): void => {
        if (recorded.bytes > before || session.ending !== undefined) resolve(performance.now() - at)
        else setImmediate(look)
      }
      look()
    })
  })
}

async function typeUntil(session: ShellSession, random: SeededRandom, signal: AbortSignal) {
  const hash = createHash('sha256')
  let bytes = 0
  while (!signal.aborted) {
    const piece = Uint8Array.from({ length: random.integer(1, 3_000) }, () => random.integer(1, 255))
    hash.update(piece)
    bytes += piece.length
    await session.send(piece)
    await sleep(5)
  }
  return { bytes, sha: hash.digest('hex') }
}

/** Types and reads through a session while it is disturbed, and ends it. */
async function exchange(
  world: ShellWorld,
  random: SeededRandom,
  disturb: (session: ShellSession, recorded: Recorded) => Promise<void>,
) {
  const session = world.session({ command: program(4_096, 5) })
  const recorded = new Recorded()
  const reading = recorded.read(session)
  await session.connect()
  while (recorded.greeting !== READY) await sleep(5)
  const enough = new AbortController()
  const typing = typeUntil(session, random.fork('typing'), enough.signal)
  await disturb(session, recorded)
  enough.abort()
  const typed = await typing
  await session.flush()
  await session.send(new Uint8Array([0]))
  const ending = await session.result
  await reading
  expect(ending).toMatchObject({ kind: 'exited', code: 7 })
  const { trailer } = recorded
  const read = { bytes: recorded.bytes, sha: recorded.hash.digest('hex') }
  expect(read).toEqual({ bytes: trailer.sentBytes, sha: trailer.sent })
  expect(typed).toEqual({ bytes: trailer.gotBytes, sha: trailer.got })
  expect(recorded.gaps).toBe(0)
  return { read: read.bytes, typed: typed.bytes }
}

it.each(TUNNELS)(
  'a shell session keeps stdin and stdout whole across many drops of every kind, $what',
  {
    timeout: LONG ? 900_000 : 180_000,
  },
  ({ tunnel }) =>
    withSeed(async (seed) => {
      await using world = await shellWorld({ tunnel })
      const begun = performance.now()
      const random = seededRandom(seed)
      const firstOutput: number[] = []
      const { read, typed } = await exchange(world, random, async (session, recorded) => {
        const kinds = Object.values(FAULTS)
        for (let drop = 0; drop < DROPS; drop += 1) {
          const back = nextReconnect(session, recorded)
          await kinds[drop % kinds.length]?.(world.proxy, random)
          firstOutput.push(await back)
          await sleep(random.integer(0, 30))
        }
      })
      expect(firstOutput).toHaveLength(DROPS)
      firstOutput.sort((a, b) => a - b)
      const at = (part: number): string => (firstOutput[Math.floor(DROPS * part)] ?? 0).toFixed(1)
      console.info(
        `${DROPS} drops in ${((performance.now() - begun) / 1000).toFixed(1)} s, ${read} bytes out, ${typed} bytes in; ` +
          `first output after a reconnect: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1 - 1 / DROPS)} ms`,
      )
    }),
)

it(
  'a shell session keeps stdin and stdout whole through black holes both ways, that end and that do not',
  { timeout: 120_000 },
  () =>
    withSeed(async (seed) => {
      await using world = await shellWorld({ tunnel: true })
      const random = seededRandom(seed)
      await exchange(world, random, async (session, recorded) => {
        for (let hole = 0; hole < HOLES; hole += 1) {
          world.proxy.blackHole({ direction: 'both' })
          await sleep(hole === 0 ? 2_000 : random.integer(20, 400))
          if (hole % 2 === 0) {
            // What was held arrives, on the same connection.
            const before = recorded.bytes
            await world.proxy.heal({ links: 'resume' })
            while (recorded.bytes <= before && session.ending === undefined) await sleep(1)
          } else {
            const back = nextReconnect(session, recorded)
            await world.proxy.heal({ links: 'reset' })
            await back
          }
        }
      })
    }),
)

/** What the client in its own process tells. */
interface ClientReport {
  readonly result: unknown
  readonly gaps: number
  readonly read: { readonly bytes: number; readonly sha: string }
  readonly typed: { readonly bytes: number; readonly sha: string }
  readonly trailer: Recorded['trailer']
}

async function told(child: ChildProcess, at: string): Promise<ClientReport> {
  const message = await Promise.race([
    once(child, 'message').then(([first]) => first),
    once(child, 'exit').then(() => Promise.reject(new Error('the client has exited'))),
  ])
  expect(message).toMatchObject({ at })
  return message
}

it('the gateway keeps all output for a client whose process is stopped for 2 s, also when it is cut off meanwhile', {
  timeout: 120_000,
}, async () => {
  await using world = await shellWorld()
  const printed = (): number => world.host.list()[0]?.outputBytes ?? 0
  // The packages as they are shipped, not as this test loads them.
  const child = fork(CLIENT, { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  try {
    child.send({ url: `ws://${world.proxy.address}`, command: program(4_096, 5) })
    await told(child, 'ready')
    for (const meanwhile of [() => {}, () => world.proxy.cut(), () => {}]) {
      const before = printed()
      child.kill('SIGSTOP')
      meanwhile()
      await sleep(2_000)
      const stoodAt = printed()
      // The program is held back: it has printed a window, and what was on its way, not what it prints in 2 s.
      expect(stoodAt - before).toBeLessThanOrEqual(2 * WINDOW)
      child.kill('SIGCONT')
      while (printed() <= stoodAt + WINDOW) await sleep(5)
    }
    const report = told(child, 'ended')
    child.send('end')
    const { result, gaps, read, typed, trailer } = await report
    expect(result).toMatchObject({ kind: 'exited', code: 7 })
    expect(read).toEqual({ bytes: trailer.sentBytes, sha: trailer.sent })
    expect(typed).toEqual({ bytes: trailer.gotBytes, sha: trailer.got })
    expect(gaps).toBe(0)
  } finally {
    child.kill('SIGKILL')
  }
})
