import { HubError } from '@holdfast/hub'
import { expect, it } from 'vitest'
import { EXIT } from './exit-codes.ts'
import { unansweredInWords } from './hub-session.ts'
import { UserError } from './user-error.ts'

const ENDPOINT = { url: 'http://hub.example', token: 't' }
const ASKED = { sessionId: 's_1', look: 'agent attach s_1' }

function told(isConnected: boolean): UserError {
  const words = unansweredInWords(new HubError('hub/response_timeout', 'No answer'), { isConnected }, ENDPOINT, ASKED)
  if (words instanceof UserError) return words
  throw words
}

it('a gateway that is there is not reported as unreachable where no participant answers', () => {
  const late = told(true)
  expect(late.exitCode).toBe(EXIT.unreachable)
  expect(late.message).toMatch(/^Nobody in the session s_1 answered in time.*: .*agent attach s_1$/)
  expect(late.message).not.toContain('reached')
})

it('a gateway that is away is reported as that', () => {
  const away = told(false)
  expect([away.exitCode, away.message]).toEqual([EXIT.unreachable, expect.stringContaining('could not be reached')])
})
