import { expect, it } from 'vitest'
import { isSecretName, redactHeaders, redactUrl } from './logger.ts'

it('the redaction of secrets replaces credentials in a URL and keeps the rest', () => {
  expect(redactUrl('wss://u:p@h/x?api_key=abc&a=1&X-Amz-Signature=ff&access_token=t#frag')).toBe(
    'wss://***@h/x?api_key=***&a=1&X-Amz-Signature=***&access_token=***#***',
  )
  expect(redactUrl('wss://h/x?sessionId=s1')).toBe('wss://h/x?sessionId=s1')
})

it('the redaction of secrets replaces credentials in headers', () => {
  expect(redactHeaders({ Authorization: 'Bearer x', accept: 'y', Cookie: 'z' })).toEqual({
    Authorization: '***',
    accept: 'y',
    Cookie: '***',
  })
  expect(isSecretName('X-Amz-Security-Token')).toBe(true)
  expect(isSecretName('tokens_used')).toBe(false)
})
