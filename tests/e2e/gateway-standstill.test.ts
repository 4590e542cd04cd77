import { expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { startGateway } from './gateway-process.ts'

const STANDSTILL_MS = 60_000
/** The first round of checks after it is past by then. */
const AFTER_MS = 20_000

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** A client that does nothing but answer pings. */
class Witness {
  readonly what: string
  pings = 0
  /** How it was cut off, where it was. */
  closed: string | undefined
  readonly #socket: WebSocket

  constructor(what: string, url: string, protocols: readonly string[] = [], first?: object) {
    this.what = what
    this.#socket = new WebSocket(url, [...protocols], { headers: { authorization: 'Bearer secret-of-ann' } })
    this.#socket.on('ping', () => this.pings++)
    this.#socket.on('error', ({ message }) => {
      this.closed ??= message
    })
    this.#socket.on('close', (code) => {
      this.closed ??= String(code)
    })
    if (first !== undefined) this.#socket.on('open', () => this.#socket.send(JSON.stringify(first)))
    onTestFinished(() => this.#socket.terminate())
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN
  }
}

it('a gateway whose process stood still for a minute cuts off no client that answers', async () => {
  const gateway = await startGateway(['--port', '0', '--store', 'memory', '--token', 'secret-of-ann'])
  onTestFinished(() => void gateway.stop('SIGKILL'))
  const base = gateway.url.replace('http', 'ws')
  const lead = new Witness('lead', `${base}/api/ws?sessionId=s1&role=lead`)
  await expect.poll(() => lead.isOpen).toBe(true)
  const witnesses = [
    lead,
    new Witness('observer', `${base}/api/ws?sessionId=s1&role=observer`),
    new Witness('subscriber', `${base}/v1/sessions/ws/s1/subscribe`),
    new Witness('agent', `${base}/ws`, [], { type: 'auth', token: 'secret-of-ann' }),
    new Witness('shell', `${base}/shells?shellId=standstill`),
  ]
  await wait(2_000)
  expect(witnesses.filter(({ isOpen }) => !isOpen).map(({ what, closed }) => `${what}: ${closed}`)).toEqual([])
  gateway.child.kill('SIGSTOP')
  await wait(STANDSTILL_MS)
  gateway.child.kill('SIGCONT')
  await wait(AFTER_MS)
  expect(witnesses.map(({ what, closed }) => ({ what, closed }))).toEqual(
    witnesses.map(({ what }) => ({ what, closed: undefined })),
  )
})
