import { SHELL_SESSION_ERRORS } from '@holdfast/shell'
import { SHELL_ERRORS, type ShellErrorRow } from '@holdfast/shell-host'
import { expect, it } from 'vitest'

it('the table of codes is the same at both ends of a shell', () => {
  const rows: Readonly<Record<string, ShellErrorRow>> = SHELL_ERRORS
  const shared = Object.entries(SHELL_SESSION_ERRORS).filter(([code]) => code in rows)
  expect(shared.map(([code]) => code)).toContain('shell/conflict')
  for (const [code, text] of shared) expect(`${rows[code]?.sentence} ${rows[code]?.action}`).toBe(text)
})
