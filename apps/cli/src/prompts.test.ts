import { expect, it } from 'vitest'
import { type Asker, askForDriver, askPermission } from './prompts.ts'

/** Somebody who says these lines, one to each question. */
function person(isTerminal: boolean, ...lines: readonly string[]): Asker & { readonly shown: string[] } {
  const left = [...lines]
  const shown: string[] = []
  return {
    isTerminal,
    shown,
    ask: async ({ words }) => {
      shown.push(words)
      return left.shift()
    },
    line: async (text) => void shown.push(text),
  }
}

const at = { requestId: 'p1', signal: new AbortController().signal }

function bash(command: string) {
  return { subtype: 'can_use_tool', tool_name: 'Bash', input: { command }, tool_use_id: 't1' } as const
}

it('a yes allows the input that was shown', async () => {
  const asker = person(true, 'y')
  const answer = await askPermission(asker, bash('make test'), at)
  expect(asker.shown).toEqual(['Allow Bash {"command":"make test"}? [y/N, or n and why]'])
  expect(answer).toEqual({ behavior: 'allow', updatedInput: { command: 'make test' } })
})

it('an end that blanks would push out of sight is on the screen', async () => {
  const asker = person(true, 'n')
  await askPermission(asker, bash(`make test ${' '.repeat(4_100)}; rm -r work`), at)
  expect(asker.shown[0]).toBe('Allow Bash {"command":"make test<4,101 blanks>; rm -r work"}? [y/N, or n and why]')
})

it('a long input is shown in parts, and allowed only after the last one', async () => {
  const asker = person(true, 'y', 'm', 'y')
  const command = `echo ${'a'.repeat(4_100)}; rm -r work`
  const answer = await askPermission(asker, bash(command), at)
  expect(asker.shown[0]).toMatch(/^Allow Bash .*a… 131 characters more are hidden\. \[m for more, or n and why\]$/)
  expect(asker.shown[1]).toBe(
    'Not yet: 131 characters of what would be allowed have not been shown. [m for more, or n and why]',
  )
  expect(asker.shown[2]).toMatch(/; rm -r work"}\? \[y\/N, or n and why\]$/)
  expect(answer).toEqual({ behavior: 'allow', updatedInput: { command } })
})

it('a long input can be refused without reading it all', async () => {
  const answer = await askPermission(person(true, 'n, too long'), bash('x'.repeat(10_000)), at)
  expect(answer).toEqual({ behavior: 'deny', message: 'too long' })
})

it('a program at a pipe is shown everything at once', async () => {
  const asker = person(false, 'y')
  const answer = await askPermission(asker, bash('x'.repeat(10_000)), at)
  expect(asker.shown).toHaveLength(1)
  expect(asker.shown[0]).toContain(`${'x'.repeat(10_000)}"}? [y/N`)
  expect(answer.behavior).toBe('allow')
})

it('characters that cannot be seen or that reorder others are made visible, in the names of tools too', async () => {
  const asker = person(true, 'n')
  await askPermission(asker, { ...bash('echo \u202Ehs.x ; lme\u2066'), tool_name: 'Ba\u200Bsh' }, at)
  expect(asker.shown[0]).toContain('Allow Ba<U+200B>sh {"command":"echo <U+202E>hs.x ; lme<U+2066>"}')
})

it("a driver's question and its choices show what cannot be seen", async () => {
  const asker = person(true, '1')
  const params = { title: 'Pick\u202E', options: ['a\u200B', 'b'] }
  const question = { type: 'rpc_ui_request', id: 'q1', method: 'select', params } as const
  const answer = await askForDriver(asker, question, { signal: new AbortController().signal })
  expect(asker.shown[0]).toBe('select: Pick<U+202E>\n  1) a<U+200B>\n  2) b')
  expect(answer).toEqual({ value: 'a\u200B' })
})
