import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  type ClientControl,
  decodeClientControl,
  decodeInputAck,
  decodeOutputAck,
  decodeResize,
  decodeServerControl,
  decodeStatus,
  encodeConfirmation,
  encodeControl,
  encodeExit,
  encodeInputAck,
  encodeOutputAck,
  encodeResize,
  execPath,
  isShellId,
  negotiateShell,
  oauthSubprotocols,
  parseShellRequest,
  type ResumeOffer,
  type ServerControl,
  SHELL_CLOSE,
  SHELL_CLOSE_CODES,
  shellCloseMeaning,
  shellPath,
} from './index.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (payload: Uint8Array): string => new TextDecoder().decode(payload)

const offer: ResumeOffer = {
  v: 1,
  epoch: 'e1',
  role: 'writer',
  out: 5,
  live: 9,
  in: 3,
  lease: 'l1',
  window: 196_608,
  maxFrame: 65_536,
  ring: 262_144,
  size: { width: 80, height: 24 },
  retainMs: 900_000,
}

it('the shell’s wire writes the confirmation as published clients expect it', () => {
  expect(JSON.parse(text(encodeConfirmation({ shellId: 's', reconnected: false, bytesDropped: 0 })))).toEqual({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: { shellId: 's', reconnected: false },
    status: 'Success',
  })
  const full = { shellId: 's', reconnected: true, bytesDropped: 7, holdfast: offer }
  expect(decodeStatus(encodeConfirmation(full))).toEqual({ ok: true, message: { kind: 'confirmation', ...full } })
})

it('the shell’s wire takes a damaged or later resume offer for none', () => {
  const status = (holdfast: unknown): Uint8Array =>
    bytes(JSON.stringify({ metadata: { shellId: 's', reconnected: true, holdfast }, status: 'Success' }))
  for (const damaged of [{ ...offer, v: 2 }, { ...offer, out: -1 }, 'x', null]) {
    expect(decodeStatus(status(damaged))).toMatchObject({ ok: true, message: { kind: 'confirmation', shellId: 's' } })
    expect(decodeStatus(status(damaged))).not.toHaveProperty('message.holdfast.epoch')
  }
})

it('the shell’s wire distinguishes exit 0, exit N, a signal and an unknown end', () => {
  const roundTrip = (exit: Parameters<typeof encodeExit>[0]) => decodeStatus(encodeExit(exit))
  expect(JSON.parse(text(encodeExit({ code: 0 })))).toEqual({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
  })
  expect(roundTrip({ code: 0 })).toMatchObject({ message: { kind: 'exit', code: 0 } })
  expect(roundTrip({ code: 7 })).toMatchObject({ message: { code: 7, reason: 'NonZeroExitCode' } })
  expect(roundTrip({ code: 137, signal: 'SIGKILL' })).toMatchObject({ message: { code: 137, signal: 'SIGKILL' } })
  expect(roundTrip({ code: null, message: 'no such program' })).toMatchObject({
    message: { code: null, reason: 'InternalError', message: 'no such program' },
  })
  const odd = (message: string) =>
    bytes(JSON.stringify({ status: 'Failure', details: { causes: [{ reason: 'ExitCode', message }] } }))
  for (const message of ['', 'abc', '-1', '256', '1e1', '0x1']) {
    expect(decodeStatus(odd(message))).toMatchObject({ message: { code: null } })
  }
})

it('the decoder of shell frames never throws on arbitrary payloads', () => {
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), fc.json().map(bytes)), (payload) => {
      for (const decode of [decodeStatus, decodeResize, decodeClientControl, decodeServerControl, decodeOutputAck]) {
        expect(decode(payload)).toHaveProperty('ok')
      }
      expect(decodeInputAck(payload)).toHaveProperty('ok')
    }),
  )
})

it('the shell’s wire reads sizes in both spellings and refuses what is none', () => {
  expect(decodeResize(encodeResize({ width: 132, height: 50 }))).toEqual({
    ok: true,
    message: { width: 132, height: 50 },
  })
  expect(decodeResize(bytes('{"Width":1,"Height":65535}'))).toMatchObject({ message: { width: 1, height: 65_535 } })
  for (const bad of [
    '{"width":0,"height":1}',
    '{"width":65536,"height":1}',
    '{"width":1.5,"height":1}',
    '{}',
    '[]',
    'x',
  ]) {
    expect(decodeResize(bytes(bad))).toMatchObject({ ok: false, issue: expect.stringContaining('65535') })
  }
})

it('the shell’s wire carries positions as big-endian pairs', () => {
  expect([...encodeOutputAck({ received: 258, consumed: 1 })]).toEqual([0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 1])
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (a, b) => {
      const ack = { received: Math.max(a, b), consumed: Math.min(a, b) }
      expect(decodeOutputAck(encodeOutputAck(ack))).toEqual({ ok: true, message: ack })
      expect(decodeInputAck(encodeInputAck(a))).toEqual({ ok: true, message: a })
    }),
  )
  expect(decodeOutputAck(encodeOutputAck({ received: 1, consumed: 2 }))).toMatchObject({ ok: false })
  expect(decodeOutputAck(new Uint8Array(16).fill(255))).toMatchObject({ ok: false })
})

it('the shell’s wire carries every control message both ways', () => {
  const client: ClientControl[] = [
    { type: 'hello', lease: 'l1', in: 4 },
    { type: 'takeover' },
    { type: 'detach' },
    { type: 'signal', name: 'SIGINT' },
    { type: 'snapshot' },
  ]
  for (const message of client) expect(decodeClientControl(encodeControl(message))).toEqual({ ok: true, message })
  const server: ServerControl[] = [
    { type: 'gap', from: 1, to: 9 },
    { type: 'resized', size: { width: 1, height: 2 } },
    { type: 'role', role: 'observer' },
    { type: 'exit', code: null, signal: null, at: 1 },
    { type: 'error', code: 'shell/forbidden', message: 'no' },
  ]
  for (const message of server) expect(decodeServerControl(encodeControl(message))).toEqual({ ok: true, message })
  expect(decodeClientControl(bytes('{"type":"signal","name":"SIGSEGV"}'))).toMatchObject({ ok: false })
})

it('the shell’s wire accepts the shell ids of the published clients and no others', () => {
  for (const good of ['a', '9', 'A_-', 'x'.repeat(128)]) expect(isShellId(good)).toBe(true)
  for (const bad of ['', '-a', '_a', 'a b', 'ä', 'a/b', 'x'.repeat(129), 'a\n', 1, null])
    expect(isShellId(bad)).toBe(false)
})

it('the shell’s wire builds and reads every agentcore path', () => {
  const target = {
    shellId: 'dev',
    sessionId: 's 1'.replace(' ', '-'),
    runtime: 'arn:aws:bedrock-agentcore:us-east-1:1:runtime/a b',
    qualifier: 'DEFAULT',
    observe: true,
    onConflict: 'fail',
    lease: 'l1',
    instance: 'i1',
    epoch: 'e1',
    received: 42,
    command: ['sh', '-c', 'echo "a&b"'],
    tty: false,
    cwd: '/srv',
    env: { A: 'b=c' },
    size: { width: 100, height: 30 },
  } as const
  const url = new URL(shellPath(target), 'ws://h')
  expect(url.pathname).toContain('arn%3Aaws')
  expect(parseShellRequest(url.pathname, url.searchParams)).toEqual({ kind: 'shell', target })
  const plain = new URL(shellPath({ shellId: 'dev' }), 'ws://h')
  expect(`${plain.pathname}${plain.search}`).toBe('/shells?shellId=dev')
  expect(parseShellRequest('/shells', plain.searchParams, 'from-header')).toMatchObject({
    target: { shellId: 'dev', sessionId: 'from-header', observe: false, tty: true, onConflict: undefined },
  })
})

it('the shell’s wire builds and reads the Kubernetes path', () => {
  const target = {
    namespace: 'default',
    pod: 'p-1',
    container: 'c',
    command: ['ls', '-l'],
    stdin: false,
    stdout: true,
    stderr: true,
    tty: false,
  }
  const url = new URL(execPath(target), 'ws://h')
  expect(parseShellRequest(url.pathname, url.searchParams)).toEqual({ kind: 'exec', target })
  const flags = new URLSearchParams('command=ls&stdin&stdout=1&stderr=false&tty=0')
  expect(parseShellRequest('/api/v1/namespaces/n/pods/p/exec', flags)).toMatchObject({
    target: { stdin: true, stdout: true, stderr: false, tty: false },
  })
})

it('the shell’s wire says what is wrong with a malformed request', () => {
  const issue = (path: string, query: string, session?: string) =>
    parseShellRequest(path, new URLSearchParams(query), session)
  for (const query of ['', 'shellId=', 'shellId=-a', 'shellId=a%2Fb', 'shellId=a&received=-1', 'shellId=a&mode=x']) {
    expect(issue('/shells', query)).toMatchObject({ kind: 'invalid' })
  }
  for (const query of ['onConflict=x', 'lease=a%20b', 'width=0&height=1', 'env=A']) {
    expect(issue('/shells', `shellId=a&${query}`)).toMatchObject({ kind: 'invalid' })
  }
  expect(issue('/shells', 'shellId=a', 'bad session')).toMatchObject({ kind: 'invalid' })
  expect(issue('/runtimes/%ff/ws/shells', 'shellId=a')).toMatchObject({ kind: 'invalid' })
  expect(issue('/api/v1/namespaces/n/pods/p/exec', '')).toMatchObject({ kind: 'invalid' })
  expect(issue('/shell', 'shellId=a')).toEqual({ kind: 'none' })
})

it('the shell’s wire chooses the dialect by the offered subprotocols and never selects the token', () => {
  expect(negotiateShell([])).toMatchObject({ dialect: 'agentcore', selected: undefined, token: undefined })
  expect(negotiateShell(['v5.channel.k8s.io', 'v4.channel.k8s.io'])).toMatchObject({ dialect: 'k8s-v5' })
  expect(negotiateShell(['v4.channel.k8s.io', 'channel.k8s.io'])).toMatchObject({ dialect: 'k8s-v4' })
  expect(negotiateShell(['v3.channel.k8s.io', 'channel.k8s.io'])).toMatchObject({ ok: false })
  for (const token of ['secret', 'ü€/+==', 'a'.repeat(3000)]) {
    expect(negotiateShell(oauthSubprotocols(token))).toEqual({
      ok: true,
      dialect: 'agentcore',
      selected: 'base64UrlBearerAuthorization',
      token,
    })
  }
  expect(negotiateShell(['base64UrlBearerAuthorization.%%', 'base64UrlBearerAuthorization'])).toMatchObject({
    ok: false,
  })
})

it('the shell’s wire knows every close code that the server sends, and retries the rest', () => {
  for (const code of Object.values(SHELL_CLOSE)) expect(SHELL_CLOSE_CODES[code]).toBeDefined()
  for (const code of [1000, 1003, 4000, 4003, 4004, 4008, 4010]) expect(shellCloseMeaning(code).decision).toBe('stop')
  for (const code of [1001, 1011, 1012, 4999, undefined]) expect(shellCloseMeaning(code).decision).toBe('retry')
  expect(shellCloseMeaning(1009).decision).toBe('retry-once')
})

it('the shell’s wire keeps what it understands of a STATUS whose other members are odd', () => {
  const odd = (value: unknown): Uint8Array => bytes(JSON.stringify(value))
  const metadata = { shellId: 's', reconnected: 'yes', bytesDropped: -1, more: 1 }
  expect(decodeStatus(odd({ metadata, status: 'Success' }))).toEqual({
    ok: true,
    message: { kind: 'confirmation', shellId: 's', reconnected: false, bytesDropped: 0, holdfast: undefined },
  })
  expect(decodeStatus(odd({ metadata: null, status: 'Failure', reason: 1, details: null }))).toEqual({
    ok: true,
    message: { kind: 'exit', code: null, signal: undefined, reason: undefined, message: undefined },
  })
  for (const bad of [
    {},
    { status: 'Maybe' },
    { status: 'Success', metadata: 's' },
    { status: 'Failure', details: 1 },
  ]) {
    expect(decodeStatus(odd(bad))).toMatchObject({ ok: false, issue: expect.stringMatching(/^status/) })
  }
})

it('the shell’s wire takes a control message of a later version for an issue, not for a known one', () => {
  const later = bytes('{"type":"weather","lease":"l1","in":4}')
  expect(decodeServerControl(later)).toMatchObject({ ok: false, issue: 'control.type: expected a known one' })
  expect(decodeClientControl(later)).toMatchObject({ ok: false })
  expect(decodeClientControl(bytes('{"type":"hello","lease":"not a lease","in":0}'))).toMatchObject({
    ok: false,
    issue: 'control(hello).lease: expected lease, got string',
  })
})
