import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readConfig } from './config.ts'
import { GatewayError } from './errors.ts'
import type { GatewayFlags } from './settings.ts'

let folder = ''
let program = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-config-'))
  program = join(folder, 'program')
  writeFileSync(program, '#!/bin/sh\n')
  chmodSync(program, 0o755)
})
afterAll(() => rmSync(folder, { recursive: true }))

function refusal(flags: GatewayFlags, environment: Record<string, string> = {}): GatewayError {
  try {
    readConfig(flags, environment)
  } catch (error) {
    if (error instanceof GatewayError) return error
  }
  throw new Error('expected the configuration to be refused')
}

describe('defaults', () => {
  it('needs nothing to be said', () => {
    const config = readConfig({}, { SHELL: program })
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 4600,
      store: 'embedded',
      origins: [],
      trustedPeers: [],
      sessions: 'open',
      json: false,
    })
    expect(config.data).toBe(resolve('.holdfast'))
    expect(config.shell).toBe(program)
  })

  it('makes one random token that may do everything, a new one each time', () => {
    const [one, other] = [readConfig({}, {}), readConfig({}, {})]
    expect(one.generatedToken).toMatch(/^[\w-]{32}$/)
    expect(one.tokens).toEqual([{ secret: one.generatedToken, principal: 'default' }])
    expect(other.generatedToken).not.toBe(one.generatedToken)
  })

  it('makes no token where one is configured', () => {
    expect(readConfig({ token: ['t'] }, {}).generatedToken).toBeUndefined()
  })
})

describe('flags over environment over defaults', () => {
  const rows: readonly (readonly [keyof GatewayFlags, string, string, string, keyof ReturnType<typeof readConfig>])[] =
    [
      ['host', 'HOLDFAST_HOST', '0.0.0.0', '::1', 'host'],
      ['store', 'HOLDFAST_STORE', 'memory', 'embedded', 'store'],
      ['data', 'HOLDFAST_DATA', '/var/one', '/var/two', 'data'],
    ]
  it.each(rows)('%s', (flag, variable, inEnvironment, onCommandLine, member) => {
    expect(readConfig({}, { [variable]: inEnvironment })[member]).toBe(inEnvironment)
    expect(readConfig({ [flag]: onCommandLine }, { [variable]: inEnvironment })[member]).toBe(onCommandLine)
  })

  it('reads who finds sessions', () => {
    expect(readConfig({}, { HOLDFAST_SESSIONS: 'private' }).sessions).toBe('private')
    expect(readConfig({ sessions: 'open' }, { HOLDFAST_SESSIONS: 'private' }).sessions).toBe('open')
  })

  it('reads the port as a number', () => {
    expect(readConfig({}, { HOLDFAST_PORT: '0' }).port).toBe(0)
    expect(readConfig({ port: '65535' }, { HOLDFAST_PORT: '0' }).port).toBe(65_535)
  })

  it('takes lists from the environment, apart by spaces or commas', () => {
    const config = readConfig(
      {},
      { HOLDFAST_TOKENS: 'a, b=me:observe+control', HOLDFAST_ORIGINS: 'https://a.example *' },
    )
    expect(config.tokens).toEqual([
      { secret: 'a', principal: 'default' },
      { secret: 'b', principal: 'me', scopes: ['observe', 'control'] },
    ])
    expect(config.origins).toEqual(['https://a.example', '*'])
  })

  it('takes the proxies that are trusted, and none that is no address', () => {
    expect(readConfig({}, { HOLDFAST_TRUST_PROXY: 'loopback 10.0.0.0/8' }).trustedPeers).toEqual([
      'loopback',
      '10.0.0.0/8',
    ])
    expect(readConfig({ 'trust-proxy': ['unix,::1', '10.0.0.4'] }, {}).trustedPeers).toEqual([
      'unix',
      '::1',
      '10.0.0.4',
    ])
    expect(refusal({ 'trust-proxy': ['proxy.example'] }).message).toBe(
      '--trust-proxy (HOLDFAST_TRUST_PROXY): expected an address, a network such as 10.0.0.0/8, loopback or unix, got "proxy.example".',
    )
  })

  it('lets flags replace such a list as a whole', () => {
    expect(readConfig({ token: ['c'] }, { HOLDFAST_TOKENS: 'a,b' }).tokens).toEqual([
      { secret: 'c', principal: 'default' },
    ])
  })

  it('treats an empty variable as absent', () => {
    expect(readConfig({}, { HOLDFAST_PORT: '', HOLDFAST_TOKENS: ' ', HOLDFAST_LOG: '' })).toMatchObject({
      port: 4600,
      json: false,
      generatedToken: expect.any(String),
    })
  })

  it('logs JSON when asked either way', () => {
    expect(readConfig({}, { HOLDFAST_LOG: 'json' }).json).toBe(true)
    expect(readConfig({ json: true }, {}).json).toBe(true)
  })

  it('brings origins into the form that browsers send', () => {
    expect(readConfig({ origin: ['https://App.Example:443/'] }, {}).origins).toEqual(['https://app.example'])
  })
})

describe('many gateways', () => {
  it('share the servers of a NATS store', () => {
    const config = readConfig(
      { store: 'nats://me:secret@one:4222, two' },
      { HOLDFAST_NATS_SYSTEM: 'sys:other', HOLDFAST_NATS_SHARDS: '8' },
    )
    expect(config.store).toBe('nats')
    expect(config.nats).toEqual({ servers: ['nats://me:secret@one:4222', 'two'], system: 'sys:other', shards: 8 })
    expect(() => readConfig({ store: 'nats://h' }, { HOLDFAST_NATS_SHARDS: '0' })).toThrow(/HOLDFAST_NATS_SHARDS/)
    expect(readConfig({}, {}).nats).toBeUndefined()
  })

  it('have a name and an address each', () => {
    const config = readConfig({ advertise: 'http://10.0.0.7:4600/' }, { HOLDFAST_NODE: 'gateway-1' })
    expect(config).toMatchObject({ node: 'gateway-1', advertise: 'http://10.0.0.7:4600' })
    expect(readConfig({}, {})).toMatchObject({ node: undefined, advertise: undefined })
  })
})

describe('shells', () => {
  it('are switched off by none, also from the environment', () => {
    expect(readConfig({ shell: 'none' }, {}).shell).toBeUndefined()
    expect(readConfig({}, { HOLDFAST_SHELL: 'none' }).shell).toBeUndefined()
  })

  it('outlive the gateway where its sessions do, and where that is asked for', () => {
    expect(readConfig({}, {})).toMatchObject({ shellHost: 'process', keepShells: false })
    expect(readConfig({ store: 'memory' }, {})).toMatchObject({ shellHost: 'inside' })
    expect(readConfig({ store: 'memory', 'shell-host': 'process' }, {})).toMatchObject({ shellHost: 'process' })
    expect(readConfig({ 'shell-host': 'inside' }, {})).toMatchObject({ shellHost: 'inside' })
    expect(readConfig({ store: 'memory' }, { HOLDFAST_KEEP_SHELLS: '1' })).toMatchObject({
      shellHost: 'process',
      keepShells: true,
    })
  })

  it('have arguments', () => {
    expect(readConfig({ shell: '/bin/sh -l "a b"' }, {})).toMatchObject({ shell: '/bin/sh', shellArgs: ['-l', 'a b'] })
    expect(readConfig({ shell: 'none' }, {}).shellArgs).toEqual([])
  })

  it('are found by kubectl where that is asked for', () => {
    expect(readConfig({}, {}).pods).toBeUndefined()
    expect(readConfig({ kubernetes: true }, {}).pods).toEqual({})
    expect(readConfig({}, { HOLDFAST_KUBERNETES: '1' }).pods).toEqual({})
    expect(readConfig({ pod: ["db=psql -c 'select 1'"] }, {}).pods).toEqual({ db: ['psql', '-c', 'select 1'] })
    expect(readConfig({}, { HOLDFAST_PODS: 'db=psql -h h\n\nweb=ssh web --' }).pods).toEqual({
      db: ['psql', '-h', 'h'],
      web: ['ssh', 'web', '--'],
    })
  })

  it('fall back to one that exists', () => {
    expect(readConfig({}, { SHELL: join(folder, 'gone') }).shell).toMatch(/^\/bin\/(ba)?sh$/)
    expect(readConfig({}, { SHELL: '/usr/sbin/nologin' }).shell).toMatch(/^\/bin\/(ba)?sh$/)
  })
})

describe('refusals', () => {
  const rows: readonly (readonly [GatewayFlags, string])[] = [
    [{ port: '65536' }, 'port'],
    [{ port: '-1' }, 'port'],
    [{ port: '0x10' }, 'port'],
    [{ port: '' }, 'port'],
    [{ host: ' ' }, 'host'],
    [{ data: '' }, 'data'],
    [{ store: 'redis' }, 'store'],
    [{ store: 'nats://h:4222,http://i' }, 'store'],
    [{ store: 'nats://' }, 'store'],
    [{ node: 'a b' }, 'node'],
    [{ advertise: 'host:1' }, 'advertise'],
    [{ advertise: 'http://me:geheim@h' }, 'advertise'],
    [{ origin: ['app.example'] }, 'origin'],
    [{ origin: ['https://app.example/path'] }, 'origin'],
    [{ origin: ['https://me:geheim@app.example'] }, 'origin'],
    [{ sessions: 'mine' }, 'sessions'],
    [{ shell: '/nonexistent/shell' }, 'shell'],
    [{ shell: '/bin/sh "' }, 'shell'],
    [{ pod: ['db'] }, 'pod'],
    [{ pod: ['DB=psql'] }, 'pod'],
    [{ pod: ['db='] }, 'pod'],
    [{ pod: ['gateway=sh'] }, 'pod'],
    [{ pod: ['shell-x=sh'] }, 'pod'],
    [{ 'shell-host': 'elsewhere' }, 'shell-host'],
    [{ 'shell-host': 'inside', 'keep-shells': true }, 'keep-shells'],
    [{ token: ['=me'] }, 'token'],
    [{ token: ['s=me:fly'] }, 'token'],
  ]
  it.each(rows)('%j', (flags, setting) => {
    const error = refusal(flags)
    expect(error.code).toBe('gateway/bad_config')
    expect(error.details).toEqual({ setting })
    expect(error.message).toMatch(new RegExp(`^--${setting} \\(HOLDFAST_[A-Z_]+\\): [^\\n]+\\.$`))
  })

  it('shows no password of an origin', () => {
    for (const origin of ['https://me:geheim@app.example/', 'https://me:ge@heim@h/x', 'me:geheim@h', '//me:geheim@h']) {
      expect(refusal({ origin: [origin] }).message).not.toMatch(/geheim|heim/)
    }
  })

  it('shows no password of a store', () => {
    for (const store of ['redis://me:geheim@h:4222', 'nats://me:geheim@:4222', 'nats://h,me:geheim@i/x']) {
      expect(refusal({ store }).message).not.toContain('geheim')
    }
  })

  it('never repeats a secret', () => {
    expect(refusal({ token: ['ok', 'geheim=me:fly'] }).message).toMatch(/number 2/)
    expect(refusal({ token: ['geheim=me:fly'] }).message).not.toContain('geheim')
    expect(refusal({}, { HOLDFAST_TOKENS: 'geheim=me:fly' }).message).not.toContain('geheim')
  })

  it('names everything that cannot be used at once, in the order of the settings, each in a line', () => {
    const error = refusal(
      {
        port: 'http',
        origin: ['app.example', 'https://ok.example', 'ftp'],
        'tls-key': 'key.pem',
        'shell-host': 'inside',
        'keep-shells': true,
      },
      { HOLDFAST_SESSIONS: 'mine', HOLDFAST_LOG: 'xml', HOLDFAST_NATS_SHARDS: 'many' },
    )
    expect(error.message.split('\n')).toEqual([
      '--port (HOLDFAST_PORT): expected a number from 0 to 65535, got "http".',
      '--tls-cert (HOLDFAST_TLS_CERT): a certificate and its key are given together, and it is missing.',
      '--origin (HOLDFAST_ORIGINS): expected an origin such as https://app.example, got "app.example".',
      '--origin (HOLDFAST_ORIGINS): expected an origin such as https://app.example, got "ftp".',
      '--sessions (HOLDFAST_SESSIONS): expected open or private, got "mine".',
      '--keep-shells (HOLDFAST_KEEP_SHELLS): shells can only be kept with --shell-host process.',
      '--json (HOLDFAST_LOG): expected json or text in HOLDFAST_LOG, got "xml".',
      'HOLDFAST_NATS_SHARDS: expected a number from 1 to 1024, got "many".',
    ])
    expect(error.details).toEqual({ setting: 'port tls-cert origin sessions keep-shells json nats-shards' })
  })

  it('refuses a log format it does not have', () => {
    expect(refusal({}, { HOLDFAST_LOG: 'xml' }).message).toContain('HOLDFAST_LOG')
  })
})
