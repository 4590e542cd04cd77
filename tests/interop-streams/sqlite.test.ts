import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqliteLog } from '@holdfast/store-sqlite'
import { publishedSuite } from './suite.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-streams-'))

publishedSuite(
  'sqlite',
  async () => sqliteLog({ path: join(folder, 'streams.db') }),
  async () => rmSync(folder, { recursive: true }),
)
