import { HoldfastError } from '@holdfast/contract'
import { expect, it } from 'vitest'
import { recordingLogger } from './recording-logger.ts'

it('the recording logger keeps lines and shows all fields, causes and bytes included', () => {
  const logger = recordingLogger()
  const cause = new HoldfastError('a/b', 'inner', { details: { header: 'token-1' } })
  const loop: Record<string, unknown> = { at: new Map([['k', new Set([new TextEncoder().encode('token-2')])]]) }
  loop['self'] = loop
  logger.warn('dial failed', { error: new Error('outer', { cause }), loop })
  logger.debug('plain')
  expect(logger.lines.map(({ level, message }) => `${level} ${message}`)).toEqual(['warn dial failed', 'debug plain'])
  for (const part of ['outer', 'inner', 'token-1', 'token-2', '[circular]', 'debug plain']) {
    expect(logger.text()).toContain(part)
  }
})

it('the recording logger drops the oldest lines and counts them', () => {
  const logger = recordingLogger({ maxLines: 2 })
  for (const message of ['a', 'b', 'c']) logger.info(message)
  expect([logger.text(), logger.dropped]).toEqual(['info b\ninfo c', 1])
})
