import type { ChaosProxy } from '@holdfast/chaos-proxy'

/** For more faults in seconds than a network has in an hour: the budgets of dials are for that hour. */
export const RETRY_OFTEN = { firstMs: 20, baseMs: 20, capMs: 200, limits: [], flapLimits: [] }

/** What of a connection a story of faults needs. */
interface Watched {
  readonly state: string
  on(name: 'dropped' | 'attemptFailed' | 'open', listener: () => unknown): () => void
  retryNow(): void
}

/** One fault: it happens, is noticed, and is over. */
type Story = (proxy: ChaosProxy, connection: Watched) => Promise<void>

const STORIES: Readonly<Record<string, Story>> = {
  async reset(proxy, connection) {
    const dropped = next(connection, 'dropped')
    proxy.cut()
    await dropped
  },
  async 'reset inside a message'(proxy, connection) {
    const dropped = next(connection, 'dropped')
    proxy.resetMidFrame()
    await dropped
  },
  async 'accepted, then dropped'(proxy, connection) {
    proxy.acceptThenDrop(true)
    await failTwice(proxy, connection)
    proxy.acceptThenDrop(false)
  },
  async refused(proxy, connection) {
    await proxy.refuse(true, { keepPort: true })
    await failTwice(proxy, connection)
    await proxy.refuse(false)
  },
  async 'half-open, then reset'(proxy, connection) {
    const dropped = next(connection, 'dropped')
    proxy.blackHole()
    await dropped
    await proxy.heal({ links: 'reset' })
  },
  async 'half-open, then late'(proxy, connection) {
    const dropped = next(connection, 'dropped')
    proxy.blackHole()
    await dropped
    await proxy.heal()
  },
}

/**
 * Every fault, one after another, each over before the next. Before it `during` is called and waited for, whose traffic
 * meets the fault, and behind it the connection is open again.
 */
export async function throughFaults(proxy: ChaosProxy, connection: Watched, during: () => unknown): Promise<void> {
  for (const story of Object.values(STORIES)) {
    await during()
    await story(proxy, connection)
    connection.retryNow()
    if (connection.state !== 'open') await next(connection, 'open')
  }
}

async function failTwice(proxy: ChaosProxy, connection: Watched): Promise<void> {
  let failed = next(connection, 'attemptFailed')
  proxy.cut()
  await failed
  failed = next(connection, 'attemptFailed')
  connection.retryNow()
  await failed
}

function next(connection: Watched, name: 'dropped' | 'attemptFailed' | 'open'): Promise<void> {
  return new Promise((resolve) => {
    const undo = connection.on(name, () => {
      undo()
      resolve()
    })
  })
}
