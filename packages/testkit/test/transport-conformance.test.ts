import { transportConformance } from '../src/conformance/index.ts'
import { memoryFixture } from './memory-fixture.ts'

transportConformance({
  name: 'the memory transport',
  expected: {
    traits: { binary: true, ping: true, pause: true, requestHeaders: true },
    floodBytes: 1_048_576,
  },
  setup: memoryFixture,
})
