import { sessionLogConformance } from './conformance.ts'
import { memoryLog } from './memory-log.ts'

sessionLogConformance({ name: 'memory', open: async (options) => memoryLog(options) })
