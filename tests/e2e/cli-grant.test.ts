import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { CLI_MAIN, type Ended, run, startGateway } from './gateway-process.ts'

it('holdfast grant makes, lists and revokes a token for one session, which outlives a restart of the gateway', async () => {
  const data = mkdtempSync(join(tmpdir(), 'holdfast-grant-'))
  const args = ['--port', '0', '--data', data, '--shell', 'none', '--token', 'ann=ann:lead+control']
  let gateway = await startGateway(args)
  onTestFinished(async () => {
    await gateway.stop('SIGTERM')
    rmSync(data, { recursive: true, force: true })
  })
  const holdfast = (...words: string[]): Promise<Ended> =>
    run(CLI_MAIN, [words[0] ?? '', ...words.slice(1), '--url', gateway.url], { HOLDFAST_TOKEN: 'ann' }).ended
  const status = async (token: string, path = ''): Promise<number> =>
    (await fetch(`${gateway.url}/api/hub/session${path}`, { headers: { authorization: `Bearer ${token}` } })).status
  const created = await fetch(`${gateway.url}/api/hub/session`, {
    method: 'POST',
    headers: { authorization: 'Bearer ann' },
    body: '{"visibility":"private"}',
  })
  const { sessionId } = await created.json()

  const made = await holdfast('grant', 'create', '--session', sessionId, '--for', '2h', '--label', 'for \u001B[2J Carl')
  expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^hfg_[\w-]+\n$/) })
  expect(made.stderr).toContain(`observe session ${sessionId}`)
  expect(made.stderr).not.toContain('\u001B')
  const token = made.stdout.trim()
  expect(await status(token, `/${sessionId}`)).toBe(200)

  await gateway.stop('SIGTERM')
  gateway = await startGateway(args)
  expect(await status(token, `/${sessionId}`)).toBe(200)
  const listed = await holdfast('grant', 'ls', '--json')
  const { id, role } = JSON.parse(listed.stdout)
  expect(role).toBe('observe')

  expect(await holdfast('grant', 'revoke', id)).toMatchObject({ code: 0, stdout: `revoked ${id}\n` })
  expect(await status(token, `/${sessionId}`)).toBe(401)
  expect(await holdfast('grant', 'revoke', id)).toMatchObject({ code: 5 })
  expect(await holdfast('grant', 'create', '--session', 'none')).toMatchObject({ code: 5 })
  expect(await holdfast('grant', 'create', '--shell', 'work')).toMatchObject({ code: 4 })
  expect(await holdfast('grant', 'create')).toMatchObject({ code: 2 })
  expect(await holdfast('grant', 'create', '--shell', 'w', '--for', '40d')).toMatchObject({ code: 2 })
})
