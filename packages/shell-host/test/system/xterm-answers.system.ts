import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { installDebianPrograms } from '../../../../scripts/terminal-programs.ts'
import { STATE_QUESTIONS, STATE_SIZE } from '../screen/state-questions.ts'

// HOLDFAST_RECORD=1 keeps what xterm says for the test of the model, which needs no xterm.
const RECORDED = join(import.meta.dirname, '../screen/xterm-answers.json')

let folder: string
beforeAll(() => {
  installDebianPrograms({ xterm: 'xterm', Xvfb: 'xvfb' })
  folder = mkdtempSync(join(tmpdir(), 'xterm-'))
}, 300_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A display that nobody sees, and what ends it. */
async function display(): Promise<{ readonly name: string; end(): Promise<void> }> {
  const child = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1024x768x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
  const [, , , number] = child.stdio
  if (number === null || number === undefined) throw new Error('Xvfb has no pipe.')
  const [bytes] = await once(number, 'data')
  return {
    name: `:${String(bytes).trim()}`,
    end: async () => {
      const ended = once(child, 'exit')
      child.kill()
      await ended
    },
  }
}

it('xterm answers what asks for cursor, tab stops and cells as it is recorded', async () => {
  const [questions, answers] = [join(folder, 'questions.json'), join(folder, 'answers.json')]
  writeFileSync(questions, JSON.stringify(STATE_QUESTIONS))
  const shown = await display()
  try {
    const geometry = `${STATE_SIZE.width}x${STATE_SIZE.height}`
    const probe = [process.execPath, join(import.meta.dirname, 'xterm-probe.mjs'), questions, answers]
    const xterm = spawn('xterm', ['-u8', '-fn', 'fixed', '-geometry', geometry, '-e', ...probe], {
      stdio: 'ignore',
      env: { PATH: process.env['PATH'], HOME: folder, DISPLAY: shown.name, LC_ALL: 'C.UTF-8' },
    })
    await once(xterm, 'exit')
  } finally {
    await shown.end()
  }
  const said: unknown = JSON.parse(readFileSync(answers, 'utf8'))
  if (process.env['HOLDFAST_RECORD'] === '1') writeFileSync(RECORDED, `${JSON.stringify(said, undefined, 2)}\n`)
  expect(said).toEqual(JSON.parse(readFileSync(RECORDED, 'utf8')))
})
