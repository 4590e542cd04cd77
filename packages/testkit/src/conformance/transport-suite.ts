import { describe, test } from 'vitest'
import { CLOSING_CASES } from './closing-cases.ts'
import { DELIVERY_CASES } from './delivery-cases.ts'
import { FLOW_CASES } from './flow-cases.ts'
import { LIVENESS_CASES } from './liveness-cases.ts'
import { OPENING_CASES } from './opening-cases.ts'
import type { TransportCase } from './transport-case.ts'
import { TransportContext } from './transport-context.ts'
import type { ResolvedExpectations, TransportExpectations, TransportFixture } from './transport-fixture.ts'

/** What the suite needs to know of a transport. */
export interface TransportConformance {
  readonly name: string
  readonly expected: TransportExpectations
  /** Makes a transport and its server for one test. */
  setup(): TransportFixture | Promise<TransportFixture>
}

const DEFAULTS = {
  dials: true,
  refusalStatus: true,
  protocols: true,
  backpressure: true,
  watches: true,
  largeBytes: 1_048_576,
  floodBytes: 16_777_216,
} as const

/**
 * Registers the tests that every transport must pass, with vitest. What a transport declares not to have is tested to
 * fail as the contract says, or is left out where the contract asks for nothing.
 */
export function transportConformance({ name, expected, setup }: TransportConformance): void {
  const complete = resolve(expected)
  const register = (cases: readonly TransportCase[]): void => {
    for (const entry of cases) {
      if (entry.applies !== undefined && !entry.applies(complete)) continue
      test(entry.name, async () => {
        const fixture = await setup()
        try {
          await entry.run(new TransportContext(fixture, complete))
        } finally {
          await fixture.teardown()
        }
      })
    }
  }
  describe(`${name} keeps the contract of a transport`, () => {
    describe('opening', () => register(OPENING_CASES))
    describe('liveness', () => register(LIVENESS_CASES))
    describe('delivery', () => register(DELIVERY_CASES))
    describe('flow', () => register(FLOW_CASES))
    describe('closing', () => register(CLOSING_CASES))
  })
}

function resolve(expected: TransportExpectations): ResolvedExpectations {
  return {
    traits: expected.traits,
    dials: expected.dials ?? DEFAULTS.dials,
    refusalStatus: expected.refusalStatus ?? DEFAULTS.refusalStatus,
    protocols: expected.protocols ?? DEFAULTS.protocols,
    backpressure: expected.backpressure ?? DEFAULTS.backpressure,
    watches: expected.watches ?? DEFAULTS.watches,
    largeBytes: expected.largeBytes ?? DEFAULTS.largeBytes,
    floodBytes: expected.floodBytes ?? DEFAULTS.floodBytes,
  }
}
