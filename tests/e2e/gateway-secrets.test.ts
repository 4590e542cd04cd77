import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { GATEWAY_MAIN, run, startGateway } from './gateway-process.ts'

/** What a command in a shell of the gateway prints. */
async function printed(url: string, token: string, script: string, tty = false): Promise<string> {
  const query = new URLSearchParams([
    ['shellId', `s${Math.random().toString(36).slice(2)}`],
    ['tty', String(tty)],
    ...['sh', '-c', script].map((word): [string, string] => ['command', word]),
  ])
  const socket = new WebSocket(`${url.replace('http', 'ws')}/shells?${query}`, {
    headers: { authorization: `Bearer ${token}` },
  })
  const chunks: Buffer[] = []
  return new Promise((resolve, reject) => {
    socket.on('error', reject)
    socket.on('message', (data: Buffer) => {
      if (data[0] === 1) chunks.push(data.subarray(1))
      // The status that ends it comes after all output.
      if (data[0] === 3 && chunks.length > 0 && Buffer.concat(chunks).includes('over')) {
        socket.close()
        resolve(Buffer.concat(chunks).toString().replaceAll('\r', ''))
      }
    })
  })
}

async function gateway(args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const data = mkdtempSync(join(tmpdir(), 'holdfast-secrets-'))
  const started = await startGateway(['--port', '0', '--data', data, ...args], environment)
  onTestFinished(async () => {
    await started.stop('SIGTERM')
    rmSync(data, { recursive: true, force: true })
  })
  return { ...started, data }
}

const TOKENS = 'rootsecret=root:admin evesecret=eve:shell'
const isLinux = process.platform === 'linux'
const isRoot = process.getuid?.() === 0

describe.skipIf(!isLinux)('what the system shows of a gateway', () => {
  it('has no token of its environment, for programs of its shells neither', async () => {
    const { url, child } = await gateway([], { HOLDFAST_TOKENS: TOKENS, HOLDFAST_NATS_SYSTEM: 'sys:natssecret' })
    const shown = readFileSync(`/proc/${child.pid}/environ`, 'latin1')
    expect(shown).toContain('HOLDFAST_TOKENS=xxx')
    expect(shown).toContain('PATH=/')
    const script = `tr '\\0' '\\n' < /proc/${child.pid}/environ; cat /proc/[0-9]*/environ 2>/dev/null | tr -d '\\0' | grep -c evesecret; echo over`
    const seen = await printed(url, 'evesecret', script)
    expect(seen).not.toMatch(/rootsecret|natssecret/)
    expect(seen.trimEnd().endsWith('0\nover')).toBe(true)
  })

  it('has no token of its command line', async () => {
    const { child } = await gateway(['--token', 'rootsecret=root:admin', '--token', 'evesecret=eve:shell'])
    const shown = readFileSync(`/proc/${child.pid}/cmdline`, 'latin1')
    expect(shown).toContain('holdfast-gateway')
    expect(shown).not.toContain('secret')
  })
})

describe.skipIf(!isLinux || !isRoot)('shells as another user', () => {
  it.each(['process', 'inside'])(
    'have the ids and groups of that user, and reach nothing of the gateway: %s',
    async (where) => {
      const args = ['--shell-user', 'nobody', '--shell-host', where]
      const { url, child, data } = await gateway(args, { HOLDFAST_TOKENS: TOKENS })
      const script = `id -u; id -G; cat ${data}/shell-host/host.json ${data}/sessions.db /proc/${child.pid}/environ | wc -c; echo "$USER"; kill -0 ${child.pid} && echo killed; echo over`
      for (const tty of [false, true]) {
        const seen = await printed(url, 'evesecret', `(${script}) 2>/dev/null`, tty)
        const [uid, groups, bytes, user, end] = seen.trimEnd().split('\n')
        expect(uid).not.toBe('0')
        expect(groups?.split(' ')).not.toContain('0')
        expect([bytes, user, end]).toEqual(['0', 'nobody', 'over'])
      }
    },
  )

  it('own their terminal', async () => {
    const { url } = await gateway(['--shell-user', 'nobody'], { HOLDFAST_TOKENS: TOKENS })
    expect(await printed(url, 'evesecret', 'stat -c %U "$(tty)"; echo ok > "$(tty)"; echo over', true)).toMatch(
      /^nobody\nok\nover/,
    )
  })
})

it('a gateway that cannot run shells as another user says why and does not start', async () => {
  const rows = [
    [['--shell-user', 'root'], isRoot ? /"root" is root/ : /only where the server runs as root/],
    [
      ['--shell-user', 'no-such-user-here'],
      isRoot ? /no user "no-such-user-here"/ : /only where the server runs as root/,
    ],
  ] as const
  for (const [args, why] of rows) {
    const { code, stderr } = await run(GATEWAY_MAIN, ['--port', '0', '--store', 'memory', ...args]).ended
    expect([code, stderr]).toEqual([2, expect.stringMatching(why)])
    expect(stderr.trim().split('\n')).toHaveLength(1)
  }
})
