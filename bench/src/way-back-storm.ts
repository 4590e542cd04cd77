import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ChaosProxy, startChaosProxy } from '@holdfast/chaos-proxy'
import { HubClient } from '@holdfast/hub'
import { nodeWebSocket } from '@holdfast/transport-node'
import { type Gateway, startGateway, TOKENS } from './gateway.ts'
import { quantile } from './measure.ts'
import { waitedMsOf } from './process-cost.ts'

export type Preset = 'eager' | 'fleet'

const SLOT_MS = 100
const AT_ONCE = 10
/** The gateway's loop is looked at so often, and what it reports has this time in it. */
const LOOK_MS = 10

/** A client of the hub, and when it dialed and was back. */
class Watcher {
  readonly client: HubClient
  /** By its own decision: a process with a thousand clients may be late. */
  readonly dials: number[] = []
  backAt = 0
  #until = 0

  constructor(url: string, at: number, sessionId: string | undefined, preset: Preset) {
    this.client = new HubClient({
      url,
      role: sessionId === undefined ? 'lead' : 'observer',
      sessionId,
      token: TOKENS[at % TOKENS.length],
      // A first frame has five seconds, and this process may be later than that.
      tokenIn: 'header',
      transport: nodeWebSocket({ proxy: false }),
      retry: { preset },
      onMessage: () => {},
      onProblem: () => {},
    })
    this.client.connection.on('status', ({ status }) => {
      if (status.state === 'waiting') this.#until = status.until
      if (status.state === 'dialing') this.dials.push(this.#until)
      if (status.state === 'open') this.backAt = performance.now()
    })
  }
}

/** What a storm came to. Milliseconds. */
export interface StormFigures {
  /** Dials in the fullest 100 ms, by the clients' own decision. */
  readonly peak: number
  readonly p50: number
  readonly p99: number
  /** Until all but one of a hundred links were open: with what this process and the gateway were late. */
  readonly openP99: number
  /** What the gateway's event loop was late; undefined: it was restarted. */
  readonly loopP99?: number
  /** How long the gateway was ready to run and had no processor: not its own. */
  readonly waited?: number
}

/** A gateway with so many clients behind a proxy, and what can be done to them. */
export class Storm {
  readonly #folder: string
  readonly #preset: Preset
  #gateway: Gateway
  readonly #proxy: ChaosProxy
  readonly #all: Watcher[] = []

  private constructor(folder: string, preset: Preset, gateway: Gateway, proxy: ChaosProxy) {
    this.#folder = folder
    this.#preset = preset
    this.#gateway = gateway
    this.#proxy = proxy
  }

  static async of(count: number, preset: Preset): Promise<Storm> {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-way-back-'))
    const gateway = await startGateway(['--data', folder])
    const proxy = await startChaosProxy({ target: { host: '127.0.0.1', port: gateway.port }, maxLinks: 4 * count })
    const storm = new Storm(folder, preset, gateway, proxy)
    const lead = await storm.#add(0, undefined)
    for (let at = 1; at < count; at += AT_ONCE) {
      const wave = Array.from({ length: Math.min(AT_ONCE, count - at) }, (_, i) => i + at)
      await Promise.all(wave.map((one) => storm.#add(one, lead.client.sessionId)))
    }
    return storm
  }

  async #add(at: number, sessionId: string | undefined): Promise<Watcher> {
    const watcher = new Watcher(this.#proxy.url, at, sessionId, this.#preset)
    this.#all.push(watcher)
    await watcher.client.connect()
    return watcher
  }

  /**
   * The gateway is killed, and reachable again `awayMs` after the last client has noticed, or when it is on its feet, whichever is
   * later: with less the first attempts of some would still be to come.
   */
  async restart(awayMs: number): Promise<StormFigures & { readonly awayMs: number }> {
    const { port } = this.#gateway
    await this.#proxy.refuse(true, { keepPort: true })
    await this.#gateway.stop('SIGKILL')
    this.#proxy.cut()
    // It starts meanwhile: how long that takes is no matter of the clients.
    const started = startGateway(['--data', this.#folder, '--port', String(port)])
    while (this.#all.some(({ client }) => client.isConnected)) await pause(1)
    const lostAt = performance.now()
    await pause(awayMs)
    this.#gateway = await started
    const readyAt = performance.now()
    await this.#proxy.refuse(false)
    return { ...(await this.#figures(readyAt)), awayMs: readyAt - lostAt }
  }

  /** Every link is reset, and the gateway is well. */
  async reset(): Promise<StormFigures> {
    await this.#loopP99()
    const waited = waitedMsOf(this.#gateway.pid)
    const at = performance.now()
    this.#proxy.cut()
    const figures = await this.#figures(at)
    return { ...figures, loopP99: await this.#loopP99(), waited: waitedMsOf(this.#gateway.pid) - waited }
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map(({ client }) => client.close({ flushMs: 0 })))
    await this.#proxy.close()
    await this.#gateway.stop('SIGKILL')
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 })
  }

  async #figures(since: number): Promise<StormFigures> {
    while (!this.#all.every(({ client, backAt }) => client.isConnected && backAt >= since)) await pause(20)
    const dials = this.#all.flatMap((watcher) => watcher.dials.filter((at) => at >= since)).sort((a, b) => a - b)
    const inSlot = (from: number): number => dials.filter((at) => at >= from && at < from + SLOT_MS).length
    // The dial that succeeded, by the client's decision: what this process is late is not the schedule's.
    const back = this.#all.map((watcher) => Math.max(since, watcher.dials.at(-1) ?? watcher.backAt) - since)
    const open = this.#all.map(({ backAt }) => backAt - since)
    return {
      peak: Math.max(...dials.map(inSlot)),
      p50: quantile(back, 0.5),
      p99: quantile(back, 0.99),
      openP99: quantile(open, 0.99),
    }
  }

  /** Counted anew each time. */
  async #loopP99(): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${this.#gateway.port}/metrics`)).text()
    const seconds = Number(/^nodejs_eventloop_lag_p99_seconds (.*)$/m.exec(text)?.[1])
    return Math.max(0, seconds * 1_000 - LOOK_MS)
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
