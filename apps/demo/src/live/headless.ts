import { setTimeout as pause } from 'node:timers/promises'
import { DemoController, DemoTypist } from './demo-clients.ts'
import { DemoLead } from './lead.ts'
import { CYAN, DIM, say } from './print.ts'
import { isExact, type Row, row, table } from './report.ts'
import { TROUBLES } from './troubles.ts'
import { startWorld, type World } from './world.ts'

const TICKS = 500
const TICK_SECONDS = 0.04
/** After the last trouble everything has so long to arrive. */
const SETTLE_MS = 20_000
/** The whole story is stopped after this long, whatever happened. */
const LIMIT_MS = 58_000

/**
 * The demonstration without a browser: a lead that works, a controller, and a person who types into a
 * shell, and twelve troubles. @returns the exit code: 0 when nothing was lost or doubled
 */
export async function runHeadless(): Promise<number> {
  const started = performance.now()
  const world = await startWorld({ port: '0' })
  const limit = new AbortController()
  const timer = setTimeout(() => limit.abort(), LIMIT_MS)
  try {
    return await story(world, limit.signal, started)
  } catch (error) {
    say(limit.signal.aborted ? 'It took too long.' : `It failed: ${error instanceof Error ? error.message : error}`)
    return 1
  } finally {
    clearTimeout(timer)
    await world.close()
  }
}

async function story(world: World, signal: AbortSignal, started: number): Promise<number> {
  const { token, leadToken, folder, proxy } = world
  const at = (): string => `${((performance.now() - started) / 1000).toFixed(1).padStart(5)} s  `
  const lead = new DemoLead({
    url: proxy.url,
    token: leadToken,
    cwd: folder,
    tickSeconds: TICK_SECONDS,
    ticks: TICKS,
    restMs: 500,
  })
  await lead.start()
  const controller = new DemoController({ url: proxy.url, token, sessionId: lead.sessionId })
  const typist = new DemoTypist({ url: proxy.url, token, cwd: folder })
  await Promise.all([controller.start(), typist.start()])
  say(`${at()}a lead works, somebody steers it, somebody types into a shell; all dial through a proxy`)
  const ticking = lead.tick()
  const working = lead.work().catch(() => {})
  for (const [index, { name, happen }] of TROUBLES.entries()) {
    await pause(500, undefined, { signal })
    say(`${at()}${String(index + 1).padStart(2)}/${TROUBLES.length}  ${name}`, CYAN)
    const { opens } = controller
    await happen(proxy)
    await controller.isBack(opens, signal)
    say(`${at()}       open again, ${controller.ticks.received} of ${TICKS} events received`, DIM)
  }
  await ticking
  const rows = await settle(controller, typist, signal)
  await Promise.all([controller.stop(), typist.stop(), lead.stop()])
  await working
  for (const line of table(rows)) say(line)
  const exact = isExact(rows)
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  say(`\n${TROUBLES.length} troubles in ${seconds} s: ${exact ? 'nothing was lost or doubled.' : 'NOT exact.'}`)
  return exact ? 0 : 1
}

/** Waits until all has arrived, or long enough. */
async function settle(controller: DemoController, typist: DemoTypist, signal: AbortSignal): Promise<readonly Row[]> {
  controller.quiet()
  typist.quiet()
  const until = performance.now() + SETTLE_MS
  for (;;) {
    const up = await controller.count()
    const rows = [
      row('a program’s output → lead → watcher', TICKS, controller.ticks),
      row('somebody who steers → lead', controller.sent, up),
      row('typed into a shell → and back', typist.sent, typist.echoed),
    ]
    const isComplete = rows.every(({ lost }) => lost === 0)
    if (isComplete || performance.now() > until) return rows
    await pause(100, undefined, { signal })
  }
}
