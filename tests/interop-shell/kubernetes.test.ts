import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, afterEach, expect, it } from 'vitest'
import { type InteropServer, startServer, TOKEN } from './server.ts'

// The client needs Node 22 or newer: this process's own, or one from the registry, which is there for Linux on x64.
const ownMajor = Number(process.versions.node.split('.')[0])
const installed = fileURLToPath(new URL('node_modules/node22/bin/node', import.meta.url))
const node = ownMajor >= 22 ? process.execPath : existsSync(installed) ? installed : undefined

/** Where the client's many modules are kept compiled: it is started for every test. */
const compiled = mkdtempSync(join(tmpdir(), 'holdfast-kubernetes-'))
afterAll(() => rmSync(compiled, { recursive: true, force: true }))

let server: InteropServer | undefined
afterEach(async () => {
  await server?.[Symbol.asyncDispose]()
  server = undefined
})

interface Run {
  readonly command: readonly string[]
  readonly tty?: boolean
  readonly stdin?: string
  /** How often stdin is repeated. */
  readonly repeat?: number
  /** Leave stdin open. */
  readonly open?: boolean
  readonly v4?: boolean
  readonly terminal?: { readonly columns: number; readonly rows: number }
}

interface Outcome {
  readonly stdout: string
  readonly stdoutBytes: number
  readonly stderr: string
  readonly status: { status: string; details?: { causes: { reason: string; message: string }[] }; message?: string }
  readonly protocol: string
}

async function exec(run: Run): Promise<Outcome> {
  server ??= await startServer()
  const client = fileURLToPath(new URL('k8s-client.mjs', import.meta.url))
  const argument = JSON.stringify({ tty: false, ...run, server: `http://${server.authority}`, token: TOKEN })
  const options = { timeout: 50_000, env: { ...process.env, NODE_COMPILE_CACHE: compiled } }
  const { stdout } = await promisify(execFile)(node ?? '', [client, argument], options)
  return JSON.parse(stdout) as Outcome
}

const exitCode = (outcome: Outcome): string | undefined =>
  outcome.status.details?.causes.find((cause) => cause.reason === 'ExitCode')?.message

if (node === undefined) {
  it('the Kubernetes client needs Node 22 or newer, which this system does not have', () => {
    expect(process.platform === 'linux' && process.arch === 'x64').toBe(false)
  })
} else {
  for (const v4 of [false, true]) {
    const name = v4 ? 'v4.channel.k8s.io' : 'v5.channel.k8s.io'

    it(`the Kubernetes client runs a command over ${name}: streams apart, exit code`, async () => {
      const outcome = await exec({ v4, command: ['sh', '-c', 'echo out; echo err >&2; exit 5'] })
      expect(outcome).toMatchObject({ stdout: 'out\n', stderr: 'err\n', protocol: name })
      expect(outcome.status.status).toBe('Failure')
      expect(exitCode(outcome)).toBe('5')
    })

    it(`the Kubernetes client gets success, and a megabyte of output to its end, over ${name}`, async () => {
      const outcome = await exec({ v4, command: ['head', '-c', '1000000', '/dev/zero'] })
      expect(outcome).toMatchObject({ stdoutBytes: 1_000_000, status: { status: 'Success' } })
    })

    it(`the Kubernetes client runs a terminal over ${name} and sets its size`, async () => {
      const terminal = { columns: 132, rows: 50 }
      const stdin = 'sleep 0.3; stty size; exit 6\n'
      const outcome = await exec({ v4, tty: true, terminal, stdin, open: true, command: ['bash', '--norc'] })
      expect(outcome.stdout).toContain('50 132')
      expect(exitCode(outcome)).toBe('6')
    })
  }

  it('the Kubernetes client ends the program’s input over v5 and gives it all of it', async () => {
    const outcome = await exec({ stdin: 'x', repeat: 3_000_000, command: ['wc', '-c'] })
    expect(outcome.stdout.trim()).toBe('3000000')
    expect(outcome.status.status).toBe('Success')
  })

  it('the Kubernetes client ends input on a terminal with VEOF', async () => {
    const outcome = await exec({ tty: true, stdin: 'line\n', repeat: 2, command: ['cat'] })
    expect(outcome.stdout.match(/line/g)?.length).toBe(4)
    expect(outcome.status.status).toBe('Success')
  })

  it('the Kubernetes client learns why a program cannot start', async () => {
    const outcome = await exec({ command: ['no-such-program'] })
    expect(outcome.status).toMatchObject({ status: 'Failure', message: expect.stringContaining('no-such-program') })
  })
}
