import { describe, expect, it } from 'vitest'
import { acpCodec, parseAcpWireMessage } from './codec.ts'

const UPDATE = '{"jsonrpc":"2.0","method":"session/update","params":{"sessionId":"s1"}}'

/** What is read of the whole text, as any reader of the wire would. */
function readAsWhole(text: string): unknown {
  try {
    return parseAcpWireMessage(JSON.parse(text))
  } catch {
    return { ok: false, issue: 'not valid JSON', raw: text }
  }
}

describe('a message frame is read like any JSON text', () => {
  const same: readonly string[] = [
    `{"type":"message","n":1,"message":${UPDATE}}`,
    `{"type":"message","n":0,"message":${UPDATE}}`,
    `{"type":"message","n":12,"from":{"sessionId":"s1","seq":7},"message":${UPDATE}}`,
    `{"type":"message","n":12,"from":{"sessionId":"s1","seq":7,"part":2},"message":${UPDATE}}`,
    `{"type":"message","n":12,"from":{"sessionId":"a\\"b","seq":7},"message":${UPDATE}}`,
    `{"type":"message","n":12,"from":{"sessionId":"a\\u0041\\\\","seq":7},"message":${UPDATE}}`,
    `{"type":"message","n":12,"from":{"sessionId":"ä 😀 \ud800","seq":7},"message":${UPDATE}}`,
    `{"type":"message","n":12,"from":{"sessionId":"","seq":0},"message":${UPDATE}}`,
    `{"type":"message","n":9007199254740991,"message":${UPDATE}}`,
    `{"message":${UPDATE},"n":3,"type":"message"}`,
    ` {"type":"message","n":1,"message":${UPDATE}} `,
    `{"type":"message","n":1,"message":${UPDATE}}\n`,
    `{"type":"message","n":1,"message":${UPDATE},"n":2}`,
    `{"type":"message","n":1,"message":${UPDATE},"type":"ping"}`,
    `{"type":"message","n":1,"message":{"jsonrpc":"2.0","id":0,"result":null}}`,
  ]
  it.each(same)('%s', (text) => {
    expect(acpCodec.decode(text)).toEqual(readAsWhole(text))
    expect(acpCodec.decode(text).ok).toBe(true)
  })
})

describe('a frame that is none has its issue', () => {
  const same: readonly string[] = [
    `{"type":"message","n":01,"message":${UPDATE}}`,
    `{"type":"message","n":-1,"message":${UPDATE}}`,
    `{"type":"message","n":1.5,"message":${UPDATE}}`,
    `{"type":"message","n":1e3,"message":${UPDATE}`,
    `{"type":"message","n":9007199254740993,"message":${UPDATE}}`,
    `{"type":"message","n":1,"from":{"sessionId":"a\nb","seq":7},"message":${UPDATE}}`,
    `{"type":"message","n":1,"from":{"sessionId":"s1","seq":07},"message":${UPDATE}}`,
    `{"type":"message","n":1,"from":{"sessionId":7,"seq":7},"message":${UPDATE}}`,
    `{"type":"message","n":1,"message":${UPDATE}`,
    `{"type":"message","n":1,"message":${UPDATE}]`,
    `{"type":"message","n":1,"message":${UPDATE},}`,
    `{"type":"message","n":1,"message":}`,
    `{"type":"message","n":1,"message":[${UPDATE}]}`,
    `{"type":"message","n":1,"message":{"jsonrpc":"2.0","id":1}}`,
    `{"type":"message","n":1,"message":{"jsonrpc":"1.0","id":1,"result":1}}`,
  ]
  it.each(same)('%s', (text) => {
    expect(acpCodec.decode(text)).toEqual(readAsWhole(text))
    expect(acpCodec.decode(text).ok).toBe(false)
  })
})
