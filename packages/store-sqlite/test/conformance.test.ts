import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SessionLog } from '@holdfast/log'
import { type SuiteOpenOptions, sessionLogConformance } from '@holdfast/log/conformance'
import { afterAll } from 'vitest'
import { sqliteLog } from '../src/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-sqlite-'))
const paths = new WeakMap<SessionLog, string>()
let files = 0
afterAll(() => rmSync(folder, { recursive: true }))

function openAt(path: string, options: SuiteOpenOptions): SessionLog {
  const log = sqliteLog({ path, ...options })
  paths.set(log, path)
  return log
}

sessionLogConformance({
  name: 'sqlite',
  open: async (options) => openAt(join(folder, `${++files}.db`), options),
  async reopen(log, options) {
    await log.close()
    return openAt(paths.get(log) ?? '', options)
  },
  async crash(log, options) {
    // What is on the disk while the log is open is what a process that dies now would leave.
    const from = paths.get(log) ?? ''
    const to = join(folder, `${++files}.db`)
    for (const suffix of ['', '-wal']) if (existsSync(from + suffix)) copyFileSync(from + suffix, to + suffix)
    return openAt(to, options)
  },
})
