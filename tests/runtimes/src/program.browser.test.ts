import { browserWakeSignals, browserWebSocket } from '@holdfast/transport-browser'
import { expect, it } from 'vitest'
import { commands } from 'vitest/browser'
import { PART_NAMES, program } from './program.ts'
import type { ProgramCommands } from './program-commands.ts'
import { RUNTIME_TRAITS } from './runtime-traits.ts'

declare module 'vitest/browser' {
  interface BrowserCommands extends ProgramCommands {}
}

it('the program of the runtime matrix holds in Chromium', async () => {
  const server = await commands.startProgramServer()
  try {
    const { chromium: traits } = RUNTIME_TRAITS
    const results = await program({ server, traits, transport: browserWebSocket(), signals: browserWakeSignals() })
    expect(results.map(({ name, problem }) => ({ name, problem }))).toEqual(
      PART_NAMES.map((name) => ({ name, problem: '' })),
    )
  } finally {
    await commands.stopProgramServer(server)
  }
})
