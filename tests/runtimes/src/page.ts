// Runs the program in a page of a browser: `run(server)` on the global object.
import { browserWakeSignals, browserWebSocket } from '@holdfast/transport-browser'
import { program, type Result } from './program.ts'
import { RUNTIME_TRAITS } from './runtime-traits.ts'

declare global {
  var run: (server: string) => Promise<readonly Result[]>
}

const { chromium: traits } = RUNTIME_TRAITS

globalThis.run = (server) => program({ server, traits, transport: browserWebSocket(), signals: browserWakeSignals() })
