import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { kubectlProgram } from '../../scripts/kubectl.ts'
import { CliTerminal } from '../e2e/cli-terminal.ts'
import { type SecureGateway, secureGateway, TOKEN, WATCHER } from '../e2e/kubernetes/secure-gateway.ts'

// kubectl as Debian has it, unmodified, against a gateway with TLS.
let gateway: SecureGateway
let kubectl: string
let config: string
const terminals: CliTerminal[] = []
beforeAll(async () => {
  kubectl = kubectlProgram()
  gateway = await secureGateway()
  config = await gateway.kubeconfig()
})
afterAll(async () => {
  for (const one of terminals) one.kill()
  await gateway.close()
})

interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

async function run(args: readonly string[], input?: Buffer | string, kubeconfig = config): Promise<Outcome> {
  const env = { PATH: process.env['PATH'], HOME: gateway.folder, KUBECONFIG: kubeconfig }
  const child = spawn(kubectl, args, { env })
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const code = await new Promise<number | null>((resolve) => void child.once('close', resolve))
  return { code, stdout: Buffer.concat(out).toString('latin1'), stderr: Buffer.concat(err).toString() }
}

/** kubectl in a terminal of its own. */
function terminal(...args: readonly string[]): CliTerminal {
  const made = new CliTerminal(args, { HOME: gateway.folder, KUBECONFIG: config }, undefined, [kubectl])
  terminals.push(made)
  return made
}

it('kubectl exec shows output, error output and exit code of the program, at once', async () => {
  const began = performance.now()
  const done = await run(['exec', 'gateway', '--', 'sh', '-c', 'echo out; echo err >&2; exit 7'])
  expect([done.code, done.stdout]).toEqual([7, 'out\n'])
  expect(done.stderr).toContain('err\n')
  expect(performance.now() - began).toBeLessThan(8_000)
})

it('kubectl exec -i takes five megabytes in and back', async () => {
  const bytes = randomBytes(5_000_000)
  const { code, stdout } = await run(['exec', '-i', 'gateway', '--', 'cat'], bytes)
  expect(code).toBe(0)
  expect(Buffer.from(stdout, 'latin1').equals(bytes)).toBe(true)
})

it('kubectl exec of a missing command is 127, and says why', async () => {
  const { code, stderr } = await run(['exec', 'gateway', '--', 'nosuchcommand'])
  expect([code, stderr]).toEqual([127, expect.stringContaining('nosuchcommand is not an executable program')])
})

it('kubectl exec -it has a terminal with its size, which follows', async () => {
  const shell = terminal('exec', '-it', 'gateway', '--', 'sh')
  await shell.shows(/[$#] /)
  shell.type('echo "size $(stty size)"\r')
  await shell.shows('size 30 90')
  shell.resize(120, 40)
  shell.type('until [ "$(stty size)" = "40 120" ]; do sleep 0.05; done; echo fol""lowed; exit 4\r')
  await shell.shows('followed')
  expect(await shell.ended).toBe(4)
})

it('kubectl cp copies a file and a folder, there and back', async () => {
  const bytes = randomBytes(2_000_000)
  const [from, there, back] = ['from.bin', 'there.bin', 'back.bin'].map((name) => join(gateway.folder, name))
  if (from === undefined || there === undefined || back === undefined) throw new Error('no names')
  writeFileSync(from, bytes)
  expect((await run(['cp', from, `gateway:${there}`])).code).toBe(0)
  expect((await run(['cp', `gateway:${there}`, back])).code).toBe(0)
  expect(readFileSync(back).equals(bytes)).toBe(true)
  const many = join(gateway.folder, 'many')
  mkdirSync(many)
  for (let n = 0; n < 40; n += 1) writeFileSync(join(many, `${n}.txt`), `file ${n}`)
  expect((await run(['cp', many, `gateway:${gateway.folder}/copies`])).code).toBe(0)
  expect(readFileSync(join(gateway.folder, 'copies', '39.txt'), 'utf8')).toBe('file 39')
})

it('attach and exec: a running shell, which goes on when kubectl is gone', async () => {
  const environment = { HOLDFAST_URL: gateway.url, HOLDFAST_TOKEN: TOKEN, NODE_EXTRA_CA_CERTS: gateway.authority }
  const own = new CliTerminal(['shell', '--id', 'build', '--name', 'Nightly', '--cwd', '/usr'], environment)
  terminals.push(own)
  await own.shows(/[$#] /)
  own.type('MARK=kept\r')
  expect((await run(['exec', 'shell-Nightly', '--', 'pwd'])).stdout).toBe('/usr\n')
  const attached = terminal('attach', '-it', 'shell-build')
  await own.shows('another client took')
  attached.type('echo "<$MARK $(stty size)>"\r')
  await attached.shows('<kept 30 90>')
  attached.kill()
  const again = terminal('exec', '-it', 'shell-build', '--', 'bash')
  again.type('echo "<$MARK again>"; exit 9\r')
  await again.shows('<kept again>')
  expect(await again.ended).toBe(9)
})

it('pods are listed, a command has one of its own, and what is not there is said', async () => {
  expect((await run(['get', 'pods'])).stdout).toMatch(/gateway[\s\S]*greeting/)
  expect((await run(['exec', 'greeting', '--', 'ann'])).stdout).toBe('hello from pod ann\n')
  expect((await run(['attach', 'greeting'])).stdout).toBe('hello from pod\n')
  expect(await run(['exec', 'nowhere', '--', 'true'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('pods "nowhere" not found'),
  })
  const nothing = await run(['attach', 'gateway'])
  expect([nothing.code, nothing.stderr]).toEqual([1, expect.stringContaining('use exec')])
  expect(nothing.stderr).not.toContain('{')
})

it('a token that may not use shells, or is wrong, is refused in a sentence', async () => {
  const watching = await run(['exec', 'gateway', '--', 'true'], '', await gateway.kubeconfig(WATCHER))
  expect([watching.code, watching.stderr]).toEqual([1, expect.stringContaining('not found')])
  const wrong = await run(['exec', 'gateway', '--', 'true'], '', await gateway.kubeconfig('wrong'))
  expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringMatching(/Unauthorized|logged in|credentials/i)])
})
