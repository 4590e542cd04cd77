import type { LivenessHost, LivenessWatch, Transport } from '@holdfast/contract'
import { expect } from 'vitest'
import { VirtualClock } from '../virtual-clock.ts'
import type { TransportCase } from './transport-case.ts'

/** The transport's own rule at work on a link of which nothing is heard, in virtual time. */
class WatchedLink implements LivenessHost<never> {
  readonly clock: VirtualClock = new VirtualClock()
  readonly traits: Transport['traits']
  readonly events: string[] = []
  readonly rtts: LivenessHost<never>['rtts'] = { add: () => {}, quantile: () => undefined }
  readonly watch: LivenessWatch<unknown> | undefined
  pings = 0

  constructor({ liveness, traits }: Transport) {
    this.traits = traits
    this.watch = liveness === 'none' ? undefined : liveness(this)
  }

  send(): void {
    this.events.push('sent a message')
  }

  ping(): void {
    this.pings += 1
  }

  probing(): number {
    return 0
  }

  confirmedUpTo(): void {
    this.events.push('proven')
  }

  health(health: 'live' | 'suspect'): void {
    this.events.push(health)
  }

  doubtful(): void {
    this.events.push('doubtful')
  }

  dead(): void {
    this.events.push('dead')
  }
}

/** How a dead link is noticed where the protocol does not say it. The engine watches nothing by itself. */
export const LIVENESS_CASES: readonly TransportCase[] = [
  {
    name: 'says how a dead link is noticed',
    async run({ expected, fixture }) {
      const { liveness } = fixture.transport
      if (!expected.watches) return expect(liveness).toBe('none')
      expect(liveness).toBeTypeOf('function')
      const { watch } = new WatchedLink(fixture.transport)
      watch?.stop()
      expect(watch).toBeDefined()
    },
  },
  {
    name: 'asks with its own pings, and gives a link up that does not answer',
    applies: ({ traits, watches }) => watches && traits.ping,
    async run({ fixture }) {
      const link = new WatchedLink(fixture.transport)
      await link.clock.advance(60_000)
      link.watch?.stop()
      expect(link.watch?.proves).toBe(true)
      expect(link.pings).toBeGreaterThan(0)
      expect(link.events).toContain('dead')
    },
  },
  {
    name: 'asks for no pings, which it does not have, and doubts a link after a sleep',
    applies: ({ traits, watches }) => watches && !traits.ping,
    async run({ fixture }) {
      const link = new WatchedLink(fixture.transport)
      await link.clock.advance(10_000)
      await link.clock.suspend(60_000)
      await link.clock.advance(10_000)
      link.watch?.stop()
      expect(link.pings).toBe(0)
      expect(link.events.some((word) => word === 'doubtful' || word === 'dead')).toBe(true)
    },
  },
]
