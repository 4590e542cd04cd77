import type { TransportContext } from './transport-context.ts'
import type { ResolvedExpectations } from './transport-fixture.ts'

/** One behaviour that a transport must show. */
export interface TransportCase {
  readonly name: string
  /** Whether it applies to a transport that declares these. @defaultValue it always does */
  readonly applies?: ((expected: ResolvedExpectations) => boolean) | undefined
  run(context: TransportContext): Promise<void>
}
