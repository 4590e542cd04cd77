import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { HubClient } from '@holdfast/hub'
import { ShellSession, shellEndpoint } from '@holdfast/shell'
import { nodeWebSocket } from '@holdfast/transport-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CliTerminal } from './cli-terminal.ts'
import { CLEAN_ENVIRONMENT, type GatewayProcess, startGateway } from './gateway-process.ts'

const MAIN = fileURLToPath(new URL('../../apps/cli/dist/main.js', import.meta.url))

function script(shell: string): string {
  const { stdout, stderr, status } = spawnSync(process.execPath, [MAIN, 'completion', shell], { encoding: 'utf8' })
  expect([stderr, status]).toEqual(['', 0])
  return stdout
}

it('the completion works in bash: commands, commands below them, and flags of the current one', () => {
  const lines = [
    's',
    'track ',
    'track r',
    'observe --j',
    'shell --url http://x --o',
    'track run --u',
    'lead -- --u',
    'x --',
  ]
  const asks = lines.map((line) => {
    const words = ['holdfast', ...line.split(' ')].map((word) => `'${word}'`).join(' ')
    return `COMP_WORDS=(${words}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); COMPREPLY=(); _holdfast; echo "\${COMPREPLY[*]}"`
  })
  const { stdout, stderr } = spawnSync('bash', ['--norc', '--noprofile', '-c', [script('bash'), ...asks].join('\n')], {
    encoding: 'utf8',
  })
  expect(stderr).toBe('')
  const [s, track, r, json, observe, run, after, root] = stdout.split('\n')
  expect(s).toBe('serve shell session share store')
  expect(track?.split(' ')).toEqual(expect.arrayContaining(['run', 'list', 'add', '--help']))
  expect([r, json, observe, run, after, root]).toEqual(['run', '--json', '--observe', '--url', '', '--version --help'])
})

it.each([
  ['zsh', 'compdef _holdfast holdfast', "'--json:"],
  ['fish', "complete -c holdfast -n '__holdfast_at observe' -l json", '-f -a doctor'],
])('the completion has a script for %s, which that shell reads where it is installed', (shell, one, other) => {
  const text = script(shell)
  expect(text).toContain(one)
  expect(text).toContain(other)
  inFile(text, (file) => {
    // From a file: fish takes no script on standard input.
    const parsed = spawnSync(shell, ['-n', file], { encoding: 'utf8' })
    if (parsed.error === undefined) expect([parsed.stderr, parsed.status]).toEqual(['', 0])
  })
})

it('the completion describes values by what they do, and not by their default', () => {
  const text = script('fish')
  expect(text).toContain("-l store -d 'where sessions are kept: embedded'")
  expect(text).toContain("-l port -d 'port to listen on'")
  expect(text).toContain("-l shell-host -d 'where shells run. process: they outlive a gateway that dies'")
  inFile(text, (file) => {
    const completed = spawnSync('fish', ['--no-config', '-c', `source ${file}; complete -C 'holdfast shell k'`], {
      encoding: 'utf8',
    })
    if (completed.error === undefined) expect(completed.stdout).toBe('kill\tend a shell and every program in it\n')
  })
})

function inFile(text: string, run: (file: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-completion-'))
  try {
    writeFileSync(join(folder, 'script'), text)
    run(join(folder, 'script'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Whether this machine has it. The script of every shell is looked at anyway, above. */
function has(shell: string): boolean {
  return spawnSync(shell, ['-c', 'exit 0']).error === undefined
}

describe('names of what is there', () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-names-'))
  let gateway: GatewayProcess
  let client: HubClient
  let shell: ShellSession
  let env: NodeJS.ProcessEnv

  beforeAll(async () => {
    gateway = await startGateway([
      '--port',
      '0',
      '--store',
      'memory',
      '--token',
      'kept-to-itself',
      '--shell',
      '/bin/sh',
    ])
    const { url } = gateway
    client = await leadOf(url, 'nightly', 'All tests: `$(touch /tmp/no)`')
    shell = new ShellSession({
      ...{ transport: nodeWebSocket(), shellId: 'workshop' },
      target: shellEndpoint({ url, token: 'kept-to-itself' }),
    })
    await shell.connect()
    // However busy the machine.
    const patience = { HOLDFAST_COMPLETION_MS: '60000' }
    env = { ...CLEAN_ENVIRONMENT, HOLDFAST_URL: url, HOLDFAST_TOKEN: 'kept-to-itself', ...patience }
  })
  afterAll(async () => {
    await client.close()
    await shell.kill()
    await gateway.stop('SIGTERM')
    rmSync(folder, { recursive: true, force: true })
  })

  function names(kind: string, more: NodeJS.ProcessEnv = {}): readonly [out: string, err: string, code: number | null] {
    const args = [MAIN, 'completion', '--names', kind]
    const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8', env: { ...env, ...more } })
    return [stdout, stderr, status]
  }

  it('are printed with what they are called, and without anything secret', () => {
    expect(names('sessions')).toEqual(['nightly\tAll tests: `$(touch /tmp/no)`\n', '', 0])
    expect(names('shells')).toEqual([expect.stringMatching(/^workshop\t\/bin\/sh\n$/), '', 0])
    expect(names('shared')[0]).toMatch(/^nightly\t.*\nworkshop\t.*\n$/)
  })

  it('are none where they may not be seen, or nothing is there, without a word', () => {
    const nothing = ['', '', 0]
    expect(names('sessions', { HOLDFAST_TOKEN: 'wrong' })).toEqual(nothing)
    expect(names('sessions', { HOLDFAST_URL: 'http://127.0.0.1:1' })).toEqual(nothing)
    expect(names('sessions', { HOLDFAST_URL: 'no such address' })).toEqual(nothing)
    expect(names('logins')).toEqual(nothing)
  })

  it('are not waited for longer than a moment, where a gateway does not answer', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => silent.once('listening', resolve))
    const address = silent.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
    expect(names('sessions', { HOLDFAST_URL: url, HOLDFAST_COMPLETION_MS: '' })).toEqual(['', '', 0])
    silent.close()
  })

  it('are completed in bash, for arguments and for options, at the gateway that the line names', () => {
    const lines = ['observe n', 'control ', 'session rm ni', 'lead --session ', 'shell --id w', 'share ']
    const other = `observe --url ${gateway.url} `
    const ask = (line: string, setting = ''): string => {
      const words = ['holdfast', ...line.split(' ')].map((word) => `'${word}'`).join(' ')
      return `COMP_WORDS=(${words}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); COMPREPLY=(); ${setting} _holdfast; echo "\${COMPREPLY[*]}"`
    }
    const asks = [...lines.map((line) => ask(line)), ask(other, 'HOLDFAST_URL=http://127.0.0.1:1')]
    const { stdout, stderr } = spawnSync(
      'bash',
      ['--norc', '--noprofile', '-c', [script('bash'), ...asks].join('\n')],
      {
        ...{ encoding: 'utf8', env },
      },
    )
    expect(stderr).toBe('')
    const [observe, control, rm, session, id, share, elsewhere] = stdout.split('\n').map((line) => line.split(' '))
    expect([observe, rm, session, id]).toEqual([['nightly'], ['nightly'], ['nightly'], ['workshop']])
    expect(control).toEqual(expect.arrayContaining(['nightly', '--answer']))
    expect(share).toEqual(expect.arrayContaining(['nightly', 'workshop', 'revoke']))
    expect(elsewhere).toContain('nightly')
  })

  it.skipIf(!has('fish'))('are completed and described in fish', () => {
    const file = join(folder, 'holdfast.fish')
    writeFileSync(file, script('fish'))
    const complete = (line: string): string => {
      const words = ['--no-config', '-c', `source ${file}; complete -C '${line}'`]
      return spawnSync('fish', words, { encoding: 'utf8', env: { ...env, HOME: folder } }).stdout
    }
    expect(complete('holdfast observe n')).toBe('nightly\tAll tests: `$(touch /tmp/no)`\n')
    expect(complete('holdfast lead --session n')).toContain('nightly\t')
    expect(complete('holdfast shell --id w')).toContain('workshop\t/bin/sh')
    expect(complete(`HOLDFAST_URL=http://127.0.0.1:1 holdfast observe --url ${gateway.url} n`)).toContain('nightly')
  })

  it.skipIf(!has('zsh'))('are completed in zsh', async () => {
    const file = join(folder, 'holdfast.zsh')
    writeFileSync(file, script('zsh'))
    const terminal = new CliTerminal(['-f'], { ...env, HOME: folder, PS1: '> ' }, { cols: 120, rows: 30 }, ['zsh'])
    terminal.type(`autoload -Uz compinit && compinit -D && source ${file} && echo set'-'up\r`)
    await terminal.shows('set-up')
    terminal.type('holdfast observe ni\t')
    await terminal.shows('observe nightly')
    terminal.type('\u0015holdfast shell --id wo\t')
    await terminal.shows('--id workshop')
    terminal.kill()
  })
})

async function leadOf(url: string, sessionId: string, label: string): Promise<HubClient> {
  const client = new HubClient({
    ...{ transport: nodeWebSocket(), url, token: 'kept-to-itself', role: 'lead', sessionId, label },
  })
  await client.connect()
  return client
}
