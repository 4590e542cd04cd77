import { parentPort } from 'node:worker_threads'
import type { ToScreens } from './screen-messages.ts'
import { ScreenScheduler } from './screen-scheduler.ts'

const port = parentPort
if (port !== null) {
  const scheduler = new ScreenScheduler({
    say: (message, transfer = []) => port.postMessage(message, transfer),
    soon: (run) => void setImmediate(run),
  })
  port.on('message', (message: ToScreens) => scheduler.receive(message))
}
