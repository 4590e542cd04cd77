import { DEMO_AGENT } from '../agent-place.ts'
import { openAgentSession, promptAgent } from './agent-session.ts'
import { DemoLead } from './lead.ts'
import { BOLD, DIM, say } from './print.ts'
import { startWorld, type World, type WorldOptions } from './world.ts'

const REST_MS = 8_000
const TICK_SECONDS = 0.5
/** A session that cannot close in time is not waited for. */
const CLOSE_TIMEOUT_MS = 2_000

/** The demonstration with a browser: serves until Ctrl+C. @returns the exit code */
export async function runLive(options: WorldOptions): Promise<number> {
  const stopped = stopSignal()
  const { agent } = options
  const agentFolder = agent === undefined ? undefined : process.cwd()
  const world = await startWorld({ ...options, agent: agent ?? ownAgent(), agentFolder })
  const end = new AbortController()
  try {
    const { leadToken: token, folder, proxy } = world
    const lead = new DemoLead({ url: proxy.url, token, cwd: folder, tickSeconds: TICK_SECONDS, restMs: REST_MS })
    await lead.start()
    say('\nAn agent is at work, and you can watch and steer it. Open this link in a browser on this machine:\n')
    say(`  ${world.link(lead.sessionId)}\n`, BOLD)
    say('Press “Cut” there: every connection breaks and comes back, and nothing is lost or doubled.')
    say('Without a browser: npm start -- --headless', DIM)
    say('The link holds the token: keep it to yourself. Ctrl+C ends everything.', DIM)
    const work = Promise.all([lead.tick(), lead.work()]).catch(() => {})
    const agentShown = showAgent(world, agent !== undefined, end.signal)
    await stopped
    end.abort()
    say('\nEnding …', DIM)
    await world.faults.apply('heal')
    await Promise.race([Promise.all([lead.stop(), work, agentShown]), after(CLOSE_TIMEOUT_MS)])
    return 0
  } finally {
    await world.close()
  }
}

function ownAgent(): string {
  return [process.execPath, DEMO_AGENT].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ')
}

/** A coding agent that speaks ACP, beside the lead: ours has something to do at once, a person's own waits for them. */
async function showAgent(world: World, isTheirs: boolean, signal: AbortSignal): Promise<void> {
  const { token, proxy, folder } = world
  const options = { url: proxy.url, token, cwd: isTheirs ? process.cwd() : folder, signal }
  try {
    const sessionId = await openAgentSession(options)
    const whose = isTheirs ? 'Your agent waits for a prompt, in' : 'A coding agent (ACP) asks something in'
    say(`\n${whose} a session of its own:\n`)
    say(`  ${world.link(sessionId)}\n`, BOLD)
    if (!isTheirs) await promptAgent({ ...options, sessionId }, 'Show me what you do.')
  } catch (error) {
    if (!signal.aborted) say(`The coding agent did not start: ${error instanceof Error ? error.message : error}`)
  }
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    let isAsked = false
    const stop = (signal: string): void => {
      // A second Ctrl+C means: do not wait.
      if (isAsked && signal === 'SIGINT') process.exit(1)
      isAsked = true
      resolve()
    }
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop)
  })
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms).unref())
}
