import { leakGuard, scriptedServer, seededRandom, simulatedNetwork, VirtualClock } from '@holdfast/testkit'
import { afterEach, beforeEach } from 'vitest'

/** What every connection of a test is made with. */
export interface WorldOptions {
  readonly transport: ReturnType<typeof simulatedNetwork>['transport']
  readonly target: string
  readonly clock: VirtualClock
  readonly random: ReturnType<typeof seededRandom>
}

interface Closable {
  close(options: { readonly flushMs: number }): Promise<unknown>
}

/** A network with one server in it and their clock, made anew for each test of a file. After a test nothing of it is left. */
export interface ConnectionWorld {
  readonly clock: VirtualClock
  readonly network: ReturnType<typeof simulatedNetwork>
  readonly server: ReturnType<typeof scriptedServer>
  readonly options: WorldOptions
  /** Closed after the test. */
  keep<T extends Closable>(connection: T): T
}

/** To be called once, at the beginning of a file. */
export function connectionWorld(): ConnectionWorld {
  let kept: Closable[] = []
  const made = () => {
    const clock = new VirtualClock()
    const network = simulatedNetwork({ clock })
    const server = scriptedServer({ network, clock })
    const options = { transport: network.transport, target: 'ws://server/', clock, random: seededRandom(1) }
    return { clock, network, server, options }
  }
  const world = {
    ...made(),
    keep<T extends Closable>(connection: T): T {
      kept.push(connection)
      return connection
    },
  }
  beforeEach(() => void Object.assign(world, made()))
  afterEach(async () => {
    const { clock, network, server } = world
    const closed = kept.map((connection) => connection.close({ flushMs: 0 }))
    kept = []
    await clock.advance(2_000)
    await Promise.all(closed)
    server.close()
    leakGuard({ clock, network }).noLeaks()
  })
  return world
}
