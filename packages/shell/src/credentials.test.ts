import { expect, it } from 'vitest'
import { presignedShell, shellEndpoint } from './credentials.ts'
import { withResume } from './target.ts'

const context = {
  attempt: 1,
  reason: 'initial',
  previousError: undefined,
  signal: new AbortController().signal,
} as const

it('the shell’s client builds the short path and the path of a runtime', async () => {
  expect(await shellEndpoint({ url: 'https://host/base/' })('s1', 'x', context)).toMatchObject({
    url: 'wss://host/base/shells?shellId=s1&X-Amzn-Bedrock-AgentCore-Runtime-Session-Id=x',
  })
  const runtime = shellEndpoint({ url: 'ws://host', runtime: 'a/b', qualifier: 'q', observe: true })
  expect((await runtime('s1', 'x', context)).url).toMatch(
    /^ws:\/\/host\/runtimes\/a%2Fb\/ws\/shells\?.*qualifier=q.*mode=observe/,
  )
})

it('a request for credentials names no session where there is none yet', async () => {
  const { url } = await shellEndpoint({ url: 'wss://host' })('s1', '', context)
  expect(url).toBe('wss://host/shells?shellId=s1')
})

it('the shell’s client carries a token as a header or as a subprotocol, never in the URL', async () => {
  const header = await shellEndpoint({ url: 'wss://host', token: () => 'secret', headers: { 'x-trace': '1' } })(
    's1',
    'x',
    context,
  )
  expect(header.headers).toEqual({ 'x-trace': '1', authorization: 'Bearer secret' })
  const subprotocol = await shellEndpoint({ url: 'wss://host', token: 'secret', tokenIn: 'subprotocol' })(
    's1',
    'x',
    context,
  )
  expect(subprotocol.protocols).toEqual(['base64UrlBearerAuthorization.c2VjcmV0', 'base64UrlBearerAuthorization'])
  expect(header.url + subprotocol.url).not.toContain('secret')
})

it('the shell’s client adds positions to a URL, but never to a signed one', async () => {
  const resume = { lease: 'l', epoch: 'e', received: 7, instance: 'i', watches: false }
  expect(withResume({ url: 'wss://host/shells?shellId=s1' }, resume).url).toBe(
    'wss://host/shells?shellId=s1&lease=l&instance=i&epoch=e&received=7',
  )
  const signed = await presignedShell(() => 'wss://host/x?X-Amz-Signature=ff')('s1', 'x', context)
  expect(withResume(signed, resume)).toBe(signed)
  const headers = { url: 'wss://host/', headers: { Authorization: 'AWS4-HMAC-SHA256 Credential=x' } }
  expect(withResume(headers, resume)).toBe(headers)
  expect(withResume({ url: 'wss://host/' }, undefined)).toEqual({ url: 'wss://host/' })
})
