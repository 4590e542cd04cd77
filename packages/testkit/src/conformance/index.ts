export { RecordingSink } from './recording-sink.ts'
export type {
  ConformanceServer,
  DialPlan,
  ServerLink,
  TransportExpectations,
  TransportFixture,
} from './transport-fixture.ts'
export type { TransportConformance } from './transport-suite.ts'
export { transportConformance } from './transport-suite.ts'
