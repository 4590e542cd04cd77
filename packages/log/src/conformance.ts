import { describe } from 'vitest'
import { appendTests } from './conformance/append.ts'
import { durabilityTests } from './conformance/durability.ts'
import { fencingTests } from './conformance/fencing.ts'
import { Kit, type SessionLogSuite } from './conformance/kit.ts'
import { readingTests } from './conformance/reading.ts'
import { senderTests } from './conformance/senders.ts'
import { sessionTests } from './conformance/sessions.ts'
import { tailingTests } from './conformance/tailing.ts'

export type { SessionLogSuite, SuiteOpenOptions } from './conformance/kit.ts'

/**
 * Declares the tests that every session log must pass (vitest). A store that keeps its promise over a restart gives
 * `reopen`, one that keeps it over a crash gives `crash` as well.
 */
export function sessionLogConformance(suite: SessionLogSuite): void {
  describe(`${suite.name}: session log conformance`, () => {
    const kit = new Kit(suite)
    appendTests(kit)
    senderTests(kit)
    fencingTests(kit)
    readingTests(kit)
    tailingTests(kit)
    sessionTests(kit)
    if (suite.reopen !== undefined) durabilityTests(kit, 'reopened', suite.reopen)
    if (suite.crash !== undefined) durabilityTests(kit, 'after a crash', suite.crash)
  })
}
