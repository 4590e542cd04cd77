import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runCommand } from '../src/cli/command.ts'
import { pageOf } from '../src/cli/report.ts'
import { clientRows, serverRows, WIRES } from '../src/index.ts'
import { startOurHub, TOKEN } from './our-hub.ts'

async function run(...argv: readonly string[]) {
  const lines: string[] = []
  const errors: string[] = []
  const code = await runCommand(argv, {
    out: (line) => lines.push(line),
    err: (line) => errors.push(line),
    env: { HOLDFAST_TOKEN: TOKEN, OTHER_TOKEN: 'of-somebody-else' },
  })
  return { code, out: lines.join('\n'), err: errors.join('\n') }
}

describe('the conformance command', () => {
  it('prints a row for each requirement, and exits with 0 where none failed', async () => {
    const hub = await startOurHub()
    try {
      const { code, out } = await run('server', hub.url, '--wire', 'hub', '--only', 'replay', '--only', 'hub/live')
      expect(out).toMatch(/^hub\/replay {2}passed +Events that a client missed come once and in order\.$/m)
      expect(out).toMatch(/^2 passed, 0 failed, 0 not applicable$/m)
      expect(code).toBe(0)
      const { out: json } = await run('server', hub.url, '--wire=hub', '--only=replay', '--json')
      expect(JSON.parse(json)).toMatchObject({ id: 'hub/replay', outcome: 'passed' })
    } finally {
      await hub.close()
    }
  })

  it('prints what was expected and seen of a failed row, and exits with 1', async () => {
    const hub = await startOurHub({ onInit: () => ({ config: {} }), limits: { maxIdLength: 5 } })
    try {
      const { code, out } = await run('server', hub.url, '--wire=hub', '--only=acked-mid', '--timeout=3s')
      expect(out).toMatch(/hub\/acked-mid {2}failed/)
      expect(out).toMatch(
        /required by: resume-extension\.md, Messages of a client\n +https:\S+#messages-of-a-client\n +expected: .*acked.*\n +seen: /,
      )
      expect(code).toBe(1)
    } finally {
      await hub.close()
    }
  })

  it('exits with 2 where nothing listens, or a credential is refused', async () => {
    const gone = await startOurHub()
    const refused = await run('server', gone.url, '--wire=hub', '--token-env=OTHER_TOKEN')
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('HTTP 401') })
    expect(refused.err).not.toContain('of-somebody-else')
    await gone.close()
    expect(await run('server', gone.url, '--wire=hub')).toMatchObject({
      code: 2,
      err: expect.stringContaining('ECONNREFUSED'),
    })
  })

  it.each([
    [[], 'expected the command server, client, list or agent'],
    [['server', '--wire=hub'], 'expected one URL'],
    [['server', 'http://a', '--wire=x'], 'expected --wire to be one of hub'],
    [['server', 'a', '--wire=hub'], 'expected URL to begin with http://'],
    [['server', 'http://user:secret@a', '--wire=hub'], 'without a credential'],
    [['server', 'http://a?api_key=secret', '--wire=hub'], 'without a credential'],
    [['server', 'http://a', '--wire=hub', '--only=x'], 'expected --only to name a row'],
    [['server', 'http://a', '--wire=hub', '--token-file=/nowhere'], 'expected --token-file to be readable'],
    [['server', 'http://a', '--wire=hub', '--timeout=x'], 'expected --timeout to be a duration'],
    [['client', '--wire=hub'], 'expected the command of the client behind --'],
    [['client', '--wire=x', '--', 'client'], 'expected --wire to be one of hub, shell, acp'],
    [['client', '--wire=hub', '--', '/nowhere/client'], 'the client cannot be started'],
    [['server', 'http://a', '--token=secret'], "Unknown option '--token'"],
  ])('is refused with exit code 2 and a sentence: %j', async (argv, sentence) => {
    const { code, err } = await run(...argv)
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining(sentence) })
    expect(err).not.toContain('secret@')
  })

  it('prints its help, and its rows', async () => {
    expect(await run('--help')).toMatchObject({ code: 0, out: expect.stringContaining('Exit codes: 0 no row failed') })
    expect((await run('list', '--wire=hub')).out).toContain(
      'hub/replay  Events that a client missed come once and in order.',
    )
  })
})

/** The titles of a page, as rows name them. */
function titlesOf(page: string): readonly string[] {
  const text = readFileSync(join(import.meta.dirname, '../../../docs/wire', page), 'utf8')
  return ['introduction', ...[...text.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) => title)]
}

it.each(WIRES)('the section of every row of the wire %s is there, and has an address', (wire) => {
  for (const { section } of [...serverRows(wire), ...clientRows(wire)]) {
    const [page = '', title = ''] = section.split(', ', 2)
    expect(titlesOf(page), section).toContain(title)
  }
  expect(pageOf('acp.md, Coming back')).toMatch(/docs\/wire\/acp\.md#coming-back$/)
})
