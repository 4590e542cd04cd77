import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { hasScope, parseToken, SCOPES, tokenAuthenticate } from './auth.ts'

const request = new IncomingMessage(new Socket())

describe('a token', () => {
  it.each([
    ['abc', { secret: 'abc', principal: 'default' }],
    ['abc=me', { secret: 'abc', principal: 'me' }],
    ['abc=me:lead+observe', { secret: 'abc', principal: 'me', scopes: ['lead', 'observe'] }],
    ['abc=', { secret: 'abc=', principal: 'default' }],
    ['c2VjcmV0==', { secret: 'c2VjcmV0==', principal: 'default' }],
    ['a=b==me:shell', { secret: 'a=b=', principal: 'me', scopes: ['shell'] }],
  ])('is read from %s', (text, grant) => {
    expect(parseToken(text)).toEqual(grant)
  })

  it.each(['', '=', '==', '=me', 'secret=me:king', 'secret=me:'])('is refused as %s, without its secret', (text) => {
    expect(() => parseToken(text)).toThrow(expect.objectContaining({ code: 'auth/bad_token' }))
    expect(() => parseToken(text)).not.toThrow(/secret=me/)
  })
})

describe('tokens', () => {
  const authenticate = tokenAuthenticate([
    { secret: 'all', principal: 'root' },
    { secret: 'look', principal: 'guest', scopes: ['observe'] },
  ])

  it('stand for their principal, as bearer or as key', () => {
    expect(authenticate({ bearer: 'look', request })).toEqual({ id: 'guest', scopes: new Set(['observe']) })
    expect(authenticate({ apiKey: 'all', request })).toEqual({ id: 'root', scopes: new Set(SCOPES) })
  })

  it('that are not known, or absent, stand for no principal', () => {
    expect(authenticate({ bearer: 'loo', request })).toBeUndefined()
    expect(authenticate({ request })).toBeUndefined()
  })

  it('are compared by the bearer where both are given', () => {
    expect(authenticate({ bearer: 'wrong', apiKey: 'all', request })).toBeUndefined()
  })
})

it('the scope admin includes every other scope', () => {
  expect(hasScope({ id: 'x', scopes: new Set(['admin']) }, 'lead')).toBe(true)
  expect(hasScope({ id: 'x', scopes: new Set(['observe']) }, 'lead', 'control')).toBe(false)
})
