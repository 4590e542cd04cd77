// Runs the program in a page of a browser: `run(server)` on the global object.
import { browserWakeSignals, browserWebSocket } from '@holdfast/transport-browser'
import { program, type Result } from './program.ts'

declare global {
  var run: (server: string) => Promise<readonly Result[]>
}

globalThis.run = (server) => program({ server, transport: browserWebSocket(), signals: browserWakeSignals() })
