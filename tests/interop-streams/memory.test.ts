import { memoryLog } from '@holdfast/log'
import { publishedSuite } from './suite.ts'

publishedSuite('the memory log', async () => memoryLog())
