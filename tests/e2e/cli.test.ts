import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { CliTerminal } from './cli-terminal.ts'
import { CLI_MAIN, type Ended, type GatewayProcess, run, startGateway } from './gateway-process.ts'
import { freePort } from './support/free-port.ts'
import { endShellHost } from './support/shell-host.ts'

let gateway: GatewayProcess
let environment: NodeJS.ProcessEnv
const terminals: CliTerminal[] = []

beforeAll(async () => {
  gateway = await startGateway([
    '--port',
    '0',
    '--store',
    'memory',
    '--token',
    't',
    '--token',
    'eyes=me:observe',
    '--shell',
    '/bin/sh',
  ])
  environment = { HOLDFAST_URL: gateway.url, HOLDFAST_TOKEN: 't' }
})
afterEach(() => {
  for (const terminal of terminals.splice(0)) terminal.kill()
})
afterAll(async () => {
  await gateway.stop('SIGTERM')
})

function terminal(...args: readonly string[]): CliTerminal {
  const made = new CliTerminal(args, environment)
  terminals.push(made)
  return made
}

/** Runs the CLI in pipes, with this on its standard input. */
function piped(args: readonly string[], input = '', more: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const { child, ended } = run(CLI_MAIN, args, { ...environment, ...more })
  child.stdin?.on('error', () => {})
  child.stdin?.end(input)
  return ended
}

describe('a shell in a terminal', () => {
  it('types, shows, and passes on the exit code', async () => {
    const shell = terminal('shell')
    await shell.shows(/[$#] /)
    shell.type('echo $((6 * 7))\r')
    await shell.shows('\n42')
    shell.type('exit 7\r')
    expect(await shell.ended).toBe(7)
  })

  it('has the size of the terminal, and follows it', async () => {
    const shell = terminal('shell')
    await shell.shows(/[$#] /)
    shell.type('stty size\r')
    await shell.shows('30 90')
    shell.type('echo re""ady; until [ "$(stty size)" = "50 132" ]; do sleep 0.05; done; echo fol""lowed\r')
    await shell.shows('ready')
    shell.resize(132, 50)
    await shell.shows('followed')
  })

  it('sends Ctrl+C to the program, not to itself', async () => {
    const shell = terminal('shell')
    await shell.shows(/[$#] /)
    // It says so itself: what the shell says, it says before the next program has the terminal, and Ctrl+C is the shell's.
    shell.type(`sh -c 'echo go""ing; sleep 1000'\r`)
    await shell.shows('going')
    shell.type('\x03')
    await shell.shows(/[$#] /)
    shell.type('exit 3\r')
    expect(await shell.ended).toBe(3)
  })

  it('detaches and comes back to the same shell', async () => {
    const first = terminal('shell', '--id', 'kept')
    await first.shows(/[$#] /)
    first.type('X=remem""bered; echo set""ting\r')
    await first.shows('setting')
    first.type('\x1d?')
    await first.shows('then d: detach')
    first.type('\x1dd')
    await first.shows('holdfast shell --id kept')
    expect(await first.ended).toBe(0)
    const second = terminal('shell', '--id', 'kept')
    await second.shows('setting')
    second.type('echo "<$X>"; exit 4\r')
    await second.shows('<remembered>')
    expect(await second.ended).toBe(4)
  })

  it('leaves the shell running when its terminal is closed', async () => {
    for (const id of ['window-1', 'window-2', 'window-3']) {
      const first = terminal('shell', '--id', id)
      await first.shows(/[$#] /)
      first.type('X=ali""ve; echo set""ting\r')
      await first.shows('setting')
      first.close()
      await first.ended
      const second = terminal('shell', '--id', id)
      await second.shows('setting')
      second.type('echo "<$X>"; exit 4\r')
      await second.shows('<alive>')
      expect(await second.ended).toBe(4)
    }
  })

  it('shows once what was typed before there was a shell, and stops at Ctrl+C', async () => {
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const early = new CliTerminal(['shell'], { HOLDFAST_URL: url, HOLDFAST_TOKEN: 't' })
    const stopped = new CliTerminal(['shell'], { HOLDFAST_URL: url, HOLDFAST_TOKEN: 't' })
    terminals.push(early, stopped)
    await stopped.shows('is not reachable')
    stopped.type('\x03')
    expect(await stopped.ended).toBe(130)
    await early.shows('is not reachable')
    early.type('echo once-$((1+1)); exit 5\r')
    const late = await startGateway(['--port', `${port}`, '--store', 'memory', '--token', 't', '--shell', '/bin/sh'])
    try {
      await early.shows('once-2')
      expect(await early.ended).toBe(5)
      expect(early.output.match(/echo once-/g)).toHaveLength(1)
    } finally {
      await late.stop('SIGTERM')
    }
  })

  it('kills on demand', async () => {
    const shell = terminal('shell', '--id', 'doomed')
    await shell.shows(/[$#] /)
    shell.type('\x1dk')
    await shell.shows('y kills it')
    shell.type('y')
    await shell.shows('Killed.')
    expect(await shell.ended).toBe(0)
  })

  it('notifies the client whose shell was taken', async () => {
    const first = terminal('shell', '--id', 'shared')
    await first.shows(/[$#] /)
    const second = terminal('shell', '--id', 'shared')
    await first.shows('another client took')
    expect(await first.ended).toBe(255)
    second.type('exit\r')
    expect(await second.ended).toBe(0)
  })

  it('restores the terminal, whatever the program left behind, also when it is asked to stop', async () => {
    const shell = terminal('shell')
    await shell.shows(/[$#] /)
    shell.type("printf '\\033[?1049h\\033[?1000h'; echo dra''wn\r")
    await shell.shows('drawn')
    process.kill(shell.pid, 'SIGTERM')
    expect(await shell.ended).toBe(143)
    expect(shell.output).toContain('\x1b[?1049l')
    expect(shell.output.slice(shell.output.indexOf('drawn'))).toContain('\x1b[?1000l')
  })

  it('shows a notice while the gateway is away, and takes it back', async () => {
    const other = await startGateway(['--port', '0', '--store', 'memory', '--token', 't', '--shell', '/bin/sh'])
    const shell = new CliTerminal(['shell', '--url', other.url], environment)
    terminals.push(shell)
    await shell.shows(/[$#] /)
    process.kill(other.child.pid ?? 0, 'SIGKILL')
    await shell.shows('is not reachable')
    // Detaching works without a connection.
    shell.type('\x1dd')
    expect(await shell.ended).toBe(0)
    expect(shell.output).toContain('\x1b[2K\x1b8\x1bM')
  })
})

describe('a shell in a terminal, over a gateway that dies', () => {
  let folder = ''
  const started: GatewayProcess[] = []
  const start = async (port: number): Promise<GatewayProcess> => {
    const made = await startGateway(['--port', String(port), '--data', folder, '--token', 't', '--shell', '/bin/sh'])
    started.push(made)
    return made
  }
  afterEach(async () => {
    for (const made of started.splice(0)) await made.stop('SIGTERM')
    await endShellHost(folder)
    rmSync(folder, { recursive: true })
  })

  it('has a full-screen program draw anew what the notice covered', async () => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-cli-'))
    const first = await start(0)
    const screen = "trap 'printf redrawn' WINCH; printf '\\033[?1049hfull'; while :; do sleep 0.02; done"
    const shell = terminal('shell', '--url', first.url, '-t', '--', 'sh', '-c', screen)
    await shell.shows('full')
    await first.stop('SIGKILL')
    await shell.shows('is not reachable')
    await start(first.port)
    await shell.shows('redrawn')
  })
})

describe('a command in pipes', () => {
  it('keeps output, error output and exit code apart', async () => {
    const ended = await piped(['shell', '--', 'sh', '-c', 'echo out; echo err >&2; exit 9'])
    expect(ended).toMatchObject({ code: 9, stdout: 'out\n', stderr: 'err\n' })
  })

  it('reads its input to the end', async () => {
    expect(await piped(['shell', '--', 'wc', '-c'], 'x'.repeat(200_000))).toMatchObject({ code: 0, stdout: '200000\n' })
  })

  it('puts a character together that comes in two pieces', async () => {
    const script = "printf 'caf\\303'; echo half >&2; read x; printf '\\251 \\303'"
    const { child, ended } = run(CLI_MAIN, ['shell', '--json', '--', 'sh', '-c', script], environment)
    let said = ''
    await new Promise<void>((resolve) => {
      child.stdout?.on('data', (chunk: Buffer) => {
        said += chunk.toString()
        if (said.includes('half')) resolve()
      })
    })
    child.stdin?.end('go\n')
    const lines = (await ended).stdout.trim().split('\n')
    const text = lines.map((line) => JSON.parse(line)).filter(({ channel }) => channel === 'stdout')
    // What is left of a character at the end is told too.
    expect(text.map((line) => line.text).join('')).toBe('café \uFFFD')
  })

  it('reports a signal as a shell would', async () => {
    const { code, stdout } = await piped(['shell', '--json', '--', 'sh', '-c', 'kill -9 $$'])
    expect(code).toBe(137)
    expect(JSON.parse(stdout)).toEqual({ event: 'ended', kind: 'exited', code: 137, signal: 'SIGKILL' })
  })

  it('ends quietly when its reader leaves', async () => {
    const { child, ended } = run(CLI_MAIN, ['shell', '--', 'yes'], environment)
    child.stdin?.end()
    child.stdout?.once('data', () => child.stdout?.destroy())
    expect(await ended).toMatchObject({ code: 0, stderr: '' })
  })

  it('runs a script that is piped into a shell', async () => {
    const { code, stdout, stderr } = await piped(['shell', '--json'], 'echo $((20 + 3))\nexit 5')
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines[0]).toMatchObject({ event: 'attached', reconnected: false })
    expect(
      lines
        .filter(({ event }) => event === 'output')
        .map(({ text }) => text)
        .join(''),
    ).toContain('23')
    expect(lines.at(-1)).toMatchObject({ event: 'ended', kind: 'exited', code: 5 })
    expect({ code, stderr }).toEqual({ code: 5, stderr: '' })
  })
})

describe('sessions', () => {
  it('leads, steers and observes', async () => {
    const lead = run(
      CLI_MAIN,
      ['lead', '--json', '--session', 'cli', '--', 'sh', '-c', 'echo one; read x; echo "<$x>"; exit 6'],
      environment,
    )
    let said = ''
    await new Promise<void>((resolve) => {
      lead.child.stdout?.on('data', (chunk: Buffer) => {
        said += chunk.toString()
        if (said.includes('leading')) resolve()
      })
    })
    const watched = run(CLI_MAIN, ['observe', 'cli', '--json'], environment)
    const seen: Record<string, unknown>[] = []
    const told = new Promise<void>((resolve) => {
      let rest = ''
      watched.child.stdout?.on('data', (chunk: Buffer) => {
        const lines = (rest + chunk.toString()).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) seen.push(JSON.parse(line))
        if (seen.some(({ event }) => event === 'runtime_process_stop')) resolve()
      })
    })
    await new Promise<void>((resolve) => {
      watched.child.stdout?.once('data', () => resolve())
    })
    expect(await piped(['control', 'cli', 'fly'])).toMatchObject({
      ...{ code: 1, stdout: '', stderr: expect.stringContaining('This lead takes "steer"') },
    })
    expect(await piped(['control', 'cli', 'steer', 'to', 'port'])).toMatchObject({ code: 0, stderr: '' })
    await told
    watched.child.kill('SIGINT')
    expect((await watched.ended).code).toBe(130)
    expect((await lead.ended).code).toBe(6)
    expect(JSON.stringify(seen)).toContain('<to port>')
    for (const more of [[], ['--sse']]) {
      const later = run(CLI_MAIN, ['observe', 'cli', ...more], environment)
      let history = ''
      await new Promise<void>((resolve) => {
        later.child.stdout?.on('data', (chunk: Buffer) => {
          history += chunk.toString()
          if (history.includes('exit code 6')) resolve()
        })
      })
      later.child.kill('SIGINT')
      expect(await later.ended).toMatchObject({ code: 130, stderr: '' })
      // Quiet in a pipe: no colours.
      expect(history).not.toContain('\x1b')
    }
  })

  it('observes over server-sent events what happens now', async () => {
    const lead = run(CLI_MAIN, ['lead', '--session', 'sse', '--', 'sh', '-c', 'read x; echo "<$x>"'], environment)
    const watched = run(CLI_MAIN, ['observe', 'cli-none', '--sse'], environment)
    expect(await watched.ended).toMatchObject({ code: 5, stdout: '' })
    const live = terminal('observe', 'sse', '--sse', '--history', '0')
    await live.shows('joined')
    expect((await piped(['control', 'sse', 'steer', 'aye'])).code).toBe(0)
    await live.shows('<aye>')
    process.kill(live.pid, 'SIGINT')
    expect(await live.ended).toBe(130)
    expect((await lead.ended).code).toBe(0)
  })
})

describe('mistakes', () => {
  it.each([
    [['--help'], 0],
    [['shell', '--help'], 0],
    [['fly'], 2],
    [['shell', '--fly'], 2],
    [['shell', '--url', 'http://me:geheim@127.0.0.1'], 2],
    [['shell', '--url', 'http://127.0.0.1/?api_key=geheim'], 2],
    [['shell', '--detach-keys', 'ctrl-1'], 2],
    [['serve', '--port', 'http'], 2],
    [['observe', 'none'], 5],
    [['observe', 'none', '--token', 'wrong'], 4],
    [['observe', 'none', '--sse', '--token', 'wrong'], 4],
    [['control', 'none'], 2],
    [['control', 'none', '--answer'], 5],
    [['doctor', 'http://127.0.0.1:9', '--timeout', 'soon'], 2],
    [['lead', '--token', 'eyes', '--', 'true'], 4],
    [['shell', '--token', 'wrong'], 4],
    [['shell', '--token', 'eyes', '--', 'true'], 4],
    [['shell', '--', '/nonexistent'], 127],
    [['shell', '--', 'nosuchcommand'], 127],
    [['shell', '--', '/etc/passwd'], 126],
    [['shell', '--', '/etc'], 126],
    [['shell', '--cwd', '/nonexistent', '--', 'true'], 126],
    [['shell', '--shell', 'nosuchcommand -l'], 127],
    [['shell', '--env', 'LD_PRELOAD=x.so', '--', 'true'], 4],
    [['shell', '--env', 'API_TOKEN=geheim', '--', 'true'], 2],
    [['shell', '--url', 'http://127.0.0.1:9', '--', 'true'], 7],
    [['ls', '--url', 'nosuch'], 2],
    [['lead', '--', '/nonexistent'], 127],
    [['doctor', 'http://127.0.0.1:9'], 1],
  ])('%j exits %i, in a sentence and without a stack', async (args, code) => {
    const ended = await piped(args)
    expect(ended.code).toBe(code)
    expect(ended.stdout + ended.stderr).not.toBe('')
    expect(ended.stdout + ended.stderr).not.toMatch(/\n\s+at |geheim|Error:/)
  })

  it('a missing token exits 4, and is called by its name', async () => {
    const { code, stderr } = await piped(['observe', 'none'], '', { HOLDFAST_TOKEN: '' })
    expect(code).toBe(4)
    expect(stderr).toContain('wants a token')
  })

  it.each([
    [['observe'], 'holdfast observe --help'],
    [['track', 'add'], 'holdfast track add --help'],
    [['fly'], 'holdfast --help'],
  ])('%j is wrong usage, and says where to read on', async (args, next) => {
    const { code, stdout, stderr } = await piped(args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(`Try: ${next}`)
  })

  it('the doctor finds nothing wrong with a gateway, and names a wrong token', async () => {
    const well = await piped(['doctor', gateway.url, '--json'])
    expect(well.code).toBe(0)
    const checks = well.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(checks.map(({ check, result }) => `${check} ${result}`)).toEqual([
      'name ok',
      'http ok',
      'store ok',
      'token ok',
      'hub ok',
      'events ok',
      'shells ok',
    ])
    const ill = await piped(['doctor', gateway.url, '--token', 'wrong'])
    expect(ill.code).toBe(1)
    expect(ill.stdout).toContain('refused')
  })
})
