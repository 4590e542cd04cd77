import { systemClock } from '@holdfast/contract'
import { recordingLogger } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { shellError } from '../errors.ts'
import { defaultPty } from './default-pty.ts'
import type { PtyBackend } from './pty.ts'

const SPAWN = {
  file: '/bin/sh',
  args: ['-c', 'test -t 0 && echo terminal; exit 3'],
  cwd: '/',
  env: { PATH: '/usr/bin:/bin', TERM: 'dumb' },
  size: { width: 80, height: 24 },
}

function run(backend: PtyBackend): Promise<{ readonly text: string; readonly code: number | null }> {
  return new Promise((resolve, reject) => {
    let text = ''
    const output = (chunk: Uint8Array): void => {
      text += Buffer.from(chunk).toString()
    }
    backend.spawn(SPAWN, { output, exit: ({ code }) => resolve({ text: text.trim(), code }) }).catch(reject)
  })
}

const missing = (): never => {
  throw shellError('shell/backend_unavailable', 'node-pty has no binary for this system.')
}

it('a system without a binary of node-pty has terminals all the same, which is logged once', async () => {
  const logger = recordingLogger()
  const backend = defaultPty({ clock: systemClock, logger, load: missing })
  expect(await run(backend)).toEqual({ text: 'terminal', code: 3 })
  expect(await run(backend)).toEqual({ text: 'terminal', code: 3 })
  expect(logger.lines.filter(({ level }) => level === 'warn')).toHaveLength(1)
})

it('a system without node-pty and without script has no terminals: shell/backend_unavailable', async () => {
  const backend = defaultPty({
    clock: systemClock,
    logger: recordingLogger(),
    load: missing,
    script: '/nowhere/script',
  })
  await expect(run(backend)).rejects.toMatchObject({ code: 'shell/backend_unavailable' })
})
