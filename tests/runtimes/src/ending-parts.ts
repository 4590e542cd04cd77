import { type Cause, explain } from '@holdfast/core'
import { type Bench, expect } from './bench.ts'
import type { Part } from './program.ts'

/** What servers, and what is between, do to connections. Runtimes tell more or less of it. */
export const ENDING_PARTS: readonly Part[] = [
  { name: 'notices a close frame that no end of the connection follows', run: unended },
  { name: 'takes the last message and the code of a server that compresses', run: lastWords },
  { name: 'tells a 401 and a 403', run: refusals },
  { name: 'tells that nobody listens', run: nobodyThere },
  { name: 'refuses a subprotocol that was not selected', run: unselected },
]

/** Well within the bounds of liveness for an idle connection, 30 s. */
const NOTICED_WITHIN_MS = 10_000

async function unended(bench: Bench): Promise<string> {
  const connection = bench.connect('/unended')
  await connection.connect()
  const began = bench.clock.now()
  await bench.until(connection, ({ state }) => state === 'waiting')
  const tookMs = bench.clock.now() - began
  const { closeFrame } = bench.options.traits
  expect('frames', bench.frames, ['hello'])
  expect('code', codeOf(connection.lastCause), closeFrame ? 4001 : undefined)
  expect(`noticed in time (${Math.round(tookMs)} ms)`, tookMs < NOTICED_WITHIN_MS, true)
  return closeFrame ? 'yes' : `as a loss, after ${Math.round(tookMs / 1000)} s`
}

async function lastWords(bench: Bench): Promise<string> {
  const connection = bench.connect('/last-words')
  await connection.connect()
  await bench.until(connection, ({ state }) => state === 'waiting')
  const isWhole = bench.frames[0] === 'last words' && codeOf(connection.lastCause) === 4001
  expect('last message and code', isWhole, bench.options.traits.lastWords)
  if (isWhole) return 'yes'
  expect('code', codeOf(connection.lastCause), undefined)
  return 'as a loss'
}

async function refusals(bench: Bench): Promise<string> {
  const { options, server } = bench
  const { status: isTold } = options.traits
  const codes = { 401: 'connection/credentials_refused', 403: 'connection/refused' }
  for (const [status, code] of Object.entries(codes)) {
    const path = `/refuse?status=${status}`
    const statuses: unknown[] = []
    for (const url of Array.from({ length: isTold ? 1 : 2 }, () => `${server.replace('http', 'ws')}${path}`)) {
      const opening = options.transport.open({ url }, { signal: new AbortController().signal })
      statuses.push(Object((await rejectionOf(opening)).details).status)
    }
    expect(
      'statuses',
      statuses.filter((each) => each !== undefined),
      [Number(status)],
    )
    expect('connect() rejects with', (await rejectionOf(bench.connect(path).connect())).code, code)
  }
  return isTold ? 'at once' : 'by a probe'
}

async function nobodyThere(bench: Bench): Promise<string> {
  const port = await bench.ask('/reserve')
  const connection = bench.connect(`//127.0.0.1:${port}/echo`)
  connection.connect().catch(() => {})
  await bench.until(connection, ({ state }) => state === 'waiting')
  const { refusedPort } = bench.options.traits
  const said = explain(connection)
  expect(`the system's code in "${said}"`, said.includes('ECONNREFUSED'), refusedPort)
  return refusedPort ? 'yes' : 'no answer'
}

async function unselected(bench: Bench): Promise<string> {
  const connection = bench.connect('/unselected', { protocols: ['a', 'b'] })
  const opening = rejectionOf(connection.connect())
  if (bench.options.traits.subprotocol) {
    const { code } = await opening
    expect('connect() rejects with', code, 'channel/protocol_not_selected')
    return 'yes'
  }
  await bench.until(connection, ({ state }) => state === 'waiting' && connection.metrics.dials >= 3)
  expect('opens', connection.metrics.opens, 0)
  return 'never opens'
}

function codeOf(cause: Cause | undefined): number | undefined {
  return cause?.kind === 'close' ? cause.code : undefined
}

async function rejectionOf(
  promise: Promise<unknown>,
): Promise<{ readonly code?: unknown; readonly details?: unknown }> {
  try {
    await promise
  } catch (error) {
    return Object(error)
  }
  throw new Error('expected a rejection')
}
