import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { session } from './session.ts'

it('a lead streams what a controller asked for, and both observers see all of it', async () => {
  const lines: string[] = []
  const result = await session('printf one', (line) => lines.push(line))
  expect(result).toEqual({ exitCode: 0 })
  const seen = (who: string): string[] => lines.filter((line) => line.startsWith(who)).map((line) => line.slice(13))
  const expected = [
    'runtime_process_start {"command":"printf one"}',
    'runtime_process_output {"text":"one"}',
    'runtime_process_stop {"exitCode":0}',
    'session_complete {}',
  ]
  expect(seen('[web socket] ')).toEqual(expected)
  expect(seen('[events]     ')).toEqual(expected)
})

it('the hub session example runs by its own command, and ends when the story does', async () => {
  const run = promisify(execFile)
  const runner = new URL('../../scripts/run.mjs', import.meta.url).pathname
  const { stdout } = await run('node', [runner, 'main.ts'], { cwd: import.meta.dirname, timeout: 50_000 })
  expect(stdout).toContain('the lead answered {"exitCode":0}')
})
